"""What a log must not hold, whoever's it is, by its looks: a secret that a test does not know is found as well.

Used by the tests of secrets and, at the end of each session, for all logs of our processes. The patterns are themselves
tried in tests/unit/test_secrets_in.py, each with a secret that was planted.
"""

import re
from datetime import datetime
from pathlib import Path
from typing import Any

from customresource_bridge.clients.mistral.mistral import Mistral

NO_ECHO = "no-echo-data-that-nobody-may-see"
PATTERNS = {
    # Keystone's tokens, and the sealed part of a gateway's ResponseURL.
    "a Fernet token": r"gAAAA[\w-]{40,}",
    "Heat's signed query": r"(?:Signature|AWSAccessKeyId)(?:=|%3D)[\w%+/]{20,}",
    "a pre-signed queue's signature": r"(?i:url-signature\W{1,5}|[?&]signature=)[0-9a-f]{32,}",
    "a trust id": r"(?i:trusts?/|trust_?id\W{1,5})[0-9a-f]{32}",
    "a password": r"(?i:password)['\"]?\s*[:=]\s*['\"]?(?!\*\*\*|None|null|''|\"\"|\{|<|%)[\w-]{8,}",
    # Whoever has either may take or delete a message.
    "a message's or a claim's id": r"/(?:messages|claims)/[0-9a-f]{8}|claim_id=[0-9a-f]{8}",
    # What the tests themselves hide.
    "NoEcho data": r"[\w-]+-that-nobody-may-see",
}
IN_EXECUTIONS = ("a Fernet token", "Heat's signed query", "a pre-signed queue's signature", "a trust id")
"""Properties are what a workflow is there for; the rest must not be in its input."""
_FOUND = {name: re.compile(pattern) for name, pattern in PATTERNS.items()}
_BEFORE = 160


def secrets_in(text: str, *, names: tuple[str, ...] = tuple(PATTERNS)) -> list[str]:
    """Return what secrets a text holds: for each kind the first, by what is around it and not in full."""
    found = []
    for name in names:
        match = _FOUND[name].search(text)
        if match:
            line = text.rfind("\n", 0, match.start()) + 1
            found.append(f"{name}: {text[max(line, match.start() - _BEFORE) : match.start() + 12]}...")
    return found


def plugin_lines(log: Path, begins: int) -> str:
    """Return what our plugin has said in heat-engine's log since it was ``begins`` bytes long."""
    if not log.exists():
        return ""
    with log.open("rb") as lines:
        lines.seek(begins if begins <= log.stat().st_size else 0)
        return b"".join(line for line in lines if b" customresource_bridge." in line).decode(errors="replace")


def executions_since(session: Any, moment: datetime) -> dict[str, str]:
    """Return the inputs, by id, of the project's executions that were made since ``moment``."""
    manager = Mistral.from_session(session, timeout=120)._executions
    found: dict[str, str] = {}
    marker = ""
    while True:
        page = manager.list(
            fields=("id", "input"),
            limit=200,
            marker=marker,
            created_at=f"gte:{moment:%Y-%m-%d %H:%M:%S}",
            sort_keys="id",
        )
        found.update({one.id: str(one.input) for one in page})
        if len(page) < 200:
            return found
        marker = page[-1].id
