"""A job that is a file, by crhelper."""

from pathlib import Path
from typing import Any

from crhelper import CfnResource

helper = CfnResource()
THING = Path("things", "by-crhelper")


@helper.create
@helper.update
def _make(event: dict[str, Any], _context: object) -> str:
    size = event["ResourceProperties"]["Size"]
    if size == "broken":
        raise ValueError("the size is broken")
    THING.parent.mkdir(exist_ok=True)
    THING.write_text(size)
    helper.Data["Size"] = size
    return THING.name


@helper.delete
def _remove(_event: dict[str, Any], _context: object) -> None:
    THING.unlink(missing_ok=True)


def handler(event: dict[str, Any], context: object) -> None:
    """Hand the request to crhelper."""
    helper(event, context)
