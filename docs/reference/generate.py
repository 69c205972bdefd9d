"""Writes options.md and errors.md from the code: `python docs/reference/generate.py`. A test fails when they differ."""

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from customresource_bridge import conf as bridge_conf
from customresource_bridge.bridge import fate
from customresource_bridge.gateway import conf as gateway_conf
from customresource_bridge.plugin import options as plugin_options

HERE = Path(__file__).parent
_HEAD = "<!-- Written by docs/reference/generate.py: change the code, then run that. -->\n"
_DOES = {
    "stack": {True: "fails with the text", False: "waits"},
    "retry": {True: "until the deadline", False: "no"},
}


def options_page() -> str:
    """Return the page of all options."""
    return "\n".join(
        [
            f"# Options\n\n{_HEAD}",
            "## The bridge: customresource-bridge.conf\n",
            "In `~/.customresource-bridge/`, `/etc/customresource-bridge/`, or where `--config-file` says.\n",
            *_groups(bridge_conf.list_opts()),
            "## The plugin: heat.conf\n",
            *_groups(plugin_options.list_opts()),
            "## The gateway: gateway.conf\n",
            *_groups(gateway_conf.list_opts()),
        ]
    )


def errors_page() -> str:
    """Return the page of all errors."""
    lines = [
        f"# Errors\n\n{_HEAD}",
        "What each error in the bridge does to the request it befalls. An error without a row of its own has its",
        "parent's; a message that is set aside goes to the queue `heat-cr-dead-letters` with the reason.\n",
        "| error | meaning | tried again | the resource | the message | log level |",
        "|---|---|---|---|---|---|",
    ]
    for kind, row in fate.TABLE.items():
        meaning = " ".join((kind.__doc__ or "").split("\n\n")[0].split())
        stack = "is not touched" if row.message is fate.MessageFate.SET_ASIDE else _DOES["stack"][row.answers]
        cells = (kind.__name__, meaning, _DOES["retry"][row.retry], stack, row.message, logging.getLevelName(row.level))
        lines.append(f"| {' | '.join(str(cell) for cell in cells)} |")
    return "\n".join([*lines, ""])


def _groups(groups: Iterable[tuple[str, Iterable[Any]]]) -> list[str]:
    lines = []
    for name, options in groups:
        lines += [f"### [{name}]\n", "| option | default | |", "|---|---|---|"]
        lines += [f"| {option.name} | {_default(option)} | {_meaning(option)} |" for option in options]
        lines.append("")
    return lines


def _default(option: Any) -> str:
    default = option.default
    if default is None or default == []:
        return ""
    return f"`{', '.join(str(item) for item in default) if isinstance(default, list) else default}`"


def _meaning(option: Any) -> str:
    return " ".join(str(option.help).split()).replace("|", "\\|")


PAGES = {"options.md": options_page, "errors.md": errors_page}


if __name__ == "__main__":
    for page, write in PAGES.items():
        (HERE / page).write_text(write())
