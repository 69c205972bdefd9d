"""Reads the file that holds a pre-signed queue: all that a provider without an account has.

Its form is what Zaqar answers, and what ``openstack messaging queue signed url QUEUE -f json`` prints: the letters'
case does not matter. The queue's name is taken from the paths.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from customresource_bridge.errors import ConfigurationError
from customresource_bridge.protocol import Secret, SignedQueueToken

_CLAIMS = re.compile(r"/v2/queues/([A-Za-z0-9_.-]{1,64})/claims\Z")
_NEEDED = ("GET", "POST", "PATCH", "DELETE")


def parse_signed_file(text: str) -> SignedQueueToken:
    """Return the pre-signed queue in ``text``.

    :raises ConfigurationError: something is missing from it that claiming, renewing and deleting need.
    """
    source = _object(text)
    paths, methods = _list(source, "paths"), _list(source, "methods")
    queues = {found.group(1) for path in paths if (found := _CLAIMS.match(path))}
    if len(queues) != 1:
        raise _wrong("paths", "do not cover the claims of one queue", "sign /v2/queues/<queue>/claims and .../messages")
    queue = queues.pop()
    if f"/v2/queues/{queue}/messages" not in paths:
        raise _wrong("paths", "do not cover the queue's messages", "sign .../messages too, to delete what is done")
    lacking = [method for method in _NEEDED if method not in methods]
    if lacking:
        raise _wrong("methods", f"lack {', '.join(lacking)}", f"sign for {', '.join(_NEEDED)}")
    _check_letters(source)
    return SignedQueueToken(
        queue=queue,
        project_id=_text(source, "project"),
        signature=Secret(_text(source, "signature")),
        expires=_text(source, "expires"),
        methods=tuple(methods),
        paths=tuple(paths),
    )


def _object(text: str) -> dict[str, Any]:
    try:
        source = json.loads(text)
    except (ValueError, RecursionError):
        source = None
    if not isinstance(source, dict):
        raise ConfigurationError("The signed URL's file is no JSON object: write what Zaqar answered into it")
    # The client's table heads the project "Project ID".
    return {str(key).lower().removesuffix(" id"): value for key, value in source.items()}


def _text(source: Mapping[str, Any], name: str) -> str:
    value = source.get(name)
    if not isinstance(value, str) or not value:
        raise _wrong(name, "is missing", "write what Zaqar answered, unchanged")
    return value


def _list(source: Mapping[str, Any], name: str) -> list[str]:
    value = source.get(name)
    items = re.split(r"[,\s]+", value) if isinstance(value, str) else value
    if not isinstance(items, list) or not items or not all(isinstance(item, str) for item in items):
        raise _wrong(name, "is missing", "write what Zaqar answered, unchanged")
    return items


def _check_letters(source: Mapping[str, Any]) -> None:
    """Refuse what no header takes."""
    for name in ("project", "signature", "expires", "methods", "paths"):
        text = "".join(_list(source, name)) if name in {"methods", "paths"} else _text(source, name)
        if not (text.isascii() and text.isprintable()):
            raise _wrong(name, "has letters that no signed URL has", "write what Zaqar answered, unchanged")


def _wrong(name: str, problem: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(f"The signed URL's file: {name} {problem}: {remedy}")
