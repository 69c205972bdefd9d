"""Which requests the address of a page asks for: pure, and lenient, for anybody may write an address."""

from collections.abc import Mapping
from dataclasses import dataclass

from customresource_bridge.visibility.reading import Selection, Which

MOST = 100
"""Executions that have ended and are looked at, for a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A choice that a page offers."""

    value: str
    label: str
    chosen: bool


def selection(query: Mapping[str, str], *, all_projects: bool) -> Selection:
    """Return the requests that are asked for; all of the project, or of all projects, where nothing is said."""
    stack = "" if all_projects else query.get("stack", "").strip()
    return Selection(which=_which(query), stack=stack, all_projects=all_projects, most=MOST)


def choices(query: Mapping[str, str]) -> list[Choice]:
    """Return what may be chosen."""
    return [Choice(value=str(one), label=str(one), chosen=one is _which(query)) for one in Which]


def _which(query: Mapping[str, str]) -> Which:
    try:
        return Which(query.get("which", ""))
    except ValueError:
        return Which.ALL
