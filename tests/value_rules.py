"""Values on their way to a handler and from it, as docs/reference/resource-types.md has them in a table."""

import json
from typing import Any

from customresource_bridge.plugin.lifecycle.data_path import value
from customresource_bridge.protocol.values import stringified

VALUES: dict[str, tuple[Any, str, str]] = {
    "Text": ("on", "the same", "the same"),
    "True": (True, "the same", "the same"),
    "Whole": (14, "the same", "the same"),
    "Fraction": (1.5, "the same", "the same"),
    "Empty": ("", "the same", "the same"),
    "List": (["a", 1, False], "the same", "the same: a list for Fn::Join and Fn::Select"),
    "Map": ({"Port": 5432, "Tls": True}, "the same", "out of reach: write flat keys, such as `Map.Port`"),
    "Deep": ({"Hosts": [{"Port": 1}]}, "the same", "out of reach"),
    "Hole": ({"Port": None, "Name": "x"}, "refused in a template", "out of reach"),
    "Null": (None, "refused in a template", "no such attribute"),
}
"""By name: the value, and what AWS's users see of it as a property and as an attribute."""


def received() -> dict[str, Any]:
    """Return what the handler gets of them as properties."""
    given = {name: item for name, (item, _, _) in VALUES.items() if item is not None}
    result: dict[str, Any] = stringified(given)
    return result


def data() -> dict[str, Any]:
    """Return them as a handler's Data."""
    return {name: item for name, (item, _, _) in VALUES.items()}


def attributes() -> dict[str, Any]:
    """Return what a template's functions and outputs get of them as attributes."""
    return {name: value(data(), [name], texts=True) for name in VALUES}


def table() -> str:
    """Return the page's table."""
    rows = [
        "| value | as a property, the handler gets | AWS's users see "
        "| in Data, functions and outputs get | AWS's users see |",
        "|---|---|---|---|---|",
    ]
    for name, (item, aws_in, aws_out) in VALUES.items():
        sent = f"`{json.dumps(received()[name])}`" if name in received() else "nothing"
        rows.append(f"| `{json.dumps(item)}` | {sent} | {aws_in} | `{json.dumps(attributes()[name])}` | {aws_out} |")
    return "\n".join(rows)
