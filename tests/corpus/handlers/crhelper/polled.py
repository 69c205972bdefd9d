"""A job that is a file and takes a while, by crhelper, which polls it."""

from pathlib import Path
from typing import Any

from crhelper import CfnResource

helper = CfnResource(polling_interval=1)
THING = Path("things", "polled")


@helper.create
@helper.update
def _make(event: dict[str, Any], _context: object) -> None:
    size = event["ResourceProperties"]["Size"]
    if size == "broken":
        raise ValueError("the size is broken")
    THING.parent.mkdir(exist_ok=True)
    THING.write_text(size)
    helper.Data["Size"] = size


@helper.poll_create
@helper.poll_update
def _is_made(_event: dict[str, Any], _context: object) -> str | None:
    return THING.name if THING.exists() else None


@helper.delete
def _remove(_event: dict[str, Any], _context: object) -> None:
    THING.unlink(missing_ok=True)


def handler(event: dict[str, Any], context: object) -> None:
    """Hand the request to crhelper."""
    helper(event, context)
