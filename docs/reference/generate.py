"""Writes :data:`PAGES` and :data:`SAMPLES` from the code: `python docs/reference/generate.py`.

A test fails when they differ. The samples need the package's entry points: after a change of them, `make venv`.
"""

import logging
from collections.abc import Iterable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from oslo_config import generator

from customresource_bridge import conf as bridge_conf
from customresource_bridge.bridge.handling import error_policy
from customresource_bridge.bridge.observability import notifications
from customresource_bridge.bridge.observability.metrics import PREFIX, Metrics
from customresource_bridge.gateway import metrics as gateway_metrics
from customresource_bridge.gateway import options as gateway_options
from customresource_bridge.plugin import options as plugin_options
from customresource_bridge.plugin.metrics import figures as engine_figures

HERE = Path(__file__).parent
_SAMPLES = HERE.parents[1] / "customresource_bridge" / "kit" / "samples"
_HEAD = "<!-- Written by docs/reference/generate.py: change the code, then run that. -->\n"


def options_page() -> str:
    """Return the page of all options."""
    return "\n".join(
        [
            f"# Options\n\n{_HEAD}",
            "Samples to begin with, every option with its default in a comment: "
            + ", ".join(f"[{name}](../../customresource_bridge/kit/samples/{name})" for name in SAMPLES)
            + ". `customresource-bridge kit` [writes them](../how-to/use-the-kit.md). The program that made them, "
            "with the options of the logs and of the message bus beside ours:\n",
            "```console",
            "$ oslo-config-generator --namespace customresource_bridge.bridge --namespace oslo.log \\",
            "      --namespace oslo.messaging",
            "```\n",
            "`--namespace customresource_bridge` has the options of all three files.\n",
            "## The bridge: customresource-bridge.conf\n",
            "In `~/.customresource-bridge/`, `/etc/customresource-bridge/`, or where `--config-file` says.\n",
            *_groups(bridge_conf.list_opts()),
            "## The plugin: heat.conf\n",
            *_groups(plugin_options.list_opts()),
            "## The gateway: gateway.conf\n",
            *_groups(gateway_options.list_opts()),
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
    for kind, row in error_policy.TABLE.items():
        meaning = " ".join((kind.__doc__ or "").split("\n\n")[0].split())
        tried = "no" if not row.retry else f"for {row.answers_after:g} s" if row.answers_after else "until the deadline"
        stack = "fails with the text" if row.answers else "waits" if row.retry else "is not touched"
        cells = (kind.__name__, meaning, tried, stack, row.message, logging.getLevelName(row.level))
        lines.append(f"| {' | '.join(str(cell) for cell in cells)} |")
    return "\n".join([*lines, ""])


def metrics_page() -> str:
    """Return the page of all figures."""
    metrics = Metrics()
    metrics.show_in_flight(list, projects=lambda: 0, monotonic=lambda: 0.0)
    lines = [
        f"# Metrics\n\n{_HEAD}",
        "No figure has a project, a stack, a user or anything else from outside in a label.\n",
        "## A bridge\n",
        "What a bridge's process tells Prometheus, see [how to observe](../how-to/observe.md). Beside these it has",
        "prometheus_client's own of the process (`process_cpu_seconds_total`, `process_resident_memory_bytes`, ...).\n",
        "| figure | kind | meaning |",
        "|---|---|---|",
    ]
    for family in metrics.registry.collect():
        if family.name.startswith(PREFIX):
            name = f"{family.name}{_SUFFIXES.get(family.type, '')}"
            lines.append(f"| `{name}` | {family.type} | {family.documentation} |")
    for title, intro, families in _WITHOUT_A_LIBRARY:
        lines += [f"\n## {title}\n", f"{intro}\n", "| figure | kind | meaning |", "|---|---|---|"]
        lines += [f"| `{one.name}` | {one.kind} | {one.meaning} |" for one in families]
    return "\n".join([*lines, ""])


def notifications_page() -> str:
    """Return the page of the notifications."""
    lines = [
        f"# Notifications\n\n{_HEAD}",
        "One for each request that is over, of type `customresource.<phase>.<outcome>`: phase is `create`, `update`,",
        "`delete`, `check` or, for a request that could not be read, `unknown`; outcome is `success` or `failed`. The",
        "publisher is `customresource-bridge.<host>`, the priority `INFO`, the context empty. How to turn them on:",
        "[how to observe](../how-to/observe.md).\n",
        "| key | meaning |",
        "|---|---|",
        *(f"| `{key}` | {meaning} |" for key, meaning in notifications.PAYLOAD.items()),
        "\nIt holds no property, no Data, no Reason and no URL.\n",
        "A bridge that dies between the response and the notification sends none; of a request that two bridges answer",
        "there are two, with the same `request_id` and `execution_id`.\n",
    ]
    return "\n".join(lines)


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


SAMPLES = {
    "customresource-bridge.conf": "customresource_bridge.bridge",
    "heat.conf": "customresource_bridge.plugin",
    "gateway.conf": "customresource_bridge.gateway",
}
"""The sample configurations, and the namespace of oslo-config-generator that each is made of."""

_WITHOUT_A_LIBRARY = (
    (
        "The gateway",
        "Of each process: at `[gateway] metrics_listen`, or in a file in `[gateway] metrics_directory`, where each\n"
        "has a label `worker`, the process's number.",
        gateway_metrics.FAMILIES,
    ),
    (
        "heat-engine",
        "Of each worker, in a file in `[custom_resource] metrics_directory`; the label `worker` is its process's\n"
        "number. What waits, every worker counts in the whole of Heat: take `max`, and `sum` of what it counts itself.",
        engine_figures.FAMILIES,
    ),
)
"""Title, where they are to be had, and the families of the parts that need no client library for them."""

_SUFFIXES = {"counter": "_total", "info": "_info"}
PAGES = {
    "options.md": options_page,
    "errors.md": errors_page,
    "metrics.md": metrics_page,
    "notifications.md": notifications_page,
}


if __name__ == "__main__":
    for page, write in PAGES.items():
        (HERE / page).write_text(write())
    for sample, namespace in SAMPLES.items():
        (entry,) = entry_points(group="oslo.config.opts", name=namespace)
        entry.load()  # what cannot be loaded the generator leaves out, and the sample would be empty
        generator.main(["--namespace", namespace, "--output-file", str(_SAMPLES / sample)])
