"""A request as a lane: where on its way to the deadline each step lies. Pure; the clock is handed in.

A lane says in words all that its picture shows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from customresource_bridge.visibility.spans import span
from customresource_bridge.visibility.view import RequestView, SeenStage

WIDTH = 1000
"""Units from a lane's begin to its end."""
_NARROWEST = 6
"""Units that a bar has at least, to be seen."""
_SUMMARY_CHARACTERS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneBar:
    """A part of a lane's picture, in units of :data:`WIDTH`.

    :ivar kind: ``waited`` until its execution began, ``worked`` after that.
    """

    kind: str
    start: int
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneStep:
    """Something that happens to a request once.

    :ivar at: when it happened; None where it has not, or no service says it.
    :ivar note: what more is known of it.
    """

    name: str
    at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLane:
    """A request as a lane.

    :ivar bars: none where its times are not known.
    :ivar deadline_unit: where the deadline lies, in units of :data:`WIDTH`.
    :ivar left: the time until the deadline, or since it, in words.
    :ivar overdue: whether its deadline is over and it is not answered.
    :ivar summary: the beginning of its reason.
    :ivar words: the picture, in words.
    """

    view: RequestView
    steps: Sequence[LaneStep]
    bars: Sequence[LaneBar] = ()
    deadline_unit: int | None = None
    left: str = ""
    overdue: bool = False
    summary: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class _Scale:
    """From a request's asking to its deadline, or to what happened last where that is later."""

    begin: datetime
    last: datetime
    end: datetime

    def unit(self, at: datetime) -> int:
        share = (at - self.begin) / (self.end - self.begin)
        return round(max(0.0, min(1.0, share)) * WIDTH)

    def bar(self, kind: str, start: datetime, end: datetime) -> LaneBar:
        first = min(self.unit(start), WIDTH - _NARROWEST)
        return LaneBar(kind=kind, start=first, width=max(self.unit(end) - first, _NARROWEST))


def lanes(views: Sequence[RequestView], *, now: datetime, tasks: Mapping[str, str]) -> list[RequestLane]:
    """Return the lanes of requests.

    :param tasks: by an execution's id, the task that it is at.
    """
    return [lane(view, now=now, task=tasks.get(view.execution_id, "")) for view in views]


def lane(view: RequestView, *, now: datetime, task: str = "") -> RequestLane:
    """Return the lane of a request.

    :param task: the task that its workflow is at.
    """
    scale, left = _scale(view, now), view.left(now)
    steps = tuple(_steps(view, task))
    until = "" if left is None else f"over for {span(-left)}" if left < 0 else f"in {span(left)}"
    return RequestLane(
        view=view,
        steps=steps,
        bars=tuple(_bars(view, scale)) if scale else (),
        deadline_unit=scale.unit(view.deadline) if scale and view.deadline else None,
        left=until,
        overdue=left is not None and left < 0,
        summary=_beginning(view.reason),
        words=_words(view, now, until),
    )


def _scale(view: RequestView, now: datetime) -> _Scale | None:
    last = view.ended_at or (now if view.stage.in_flight else None)
    if view.asked_at is None or last is None:
        return None
    end = max(last, view.deadline or last)
    return _Scale(view.asked_at, last, end) if end > view.asked_at else None


def _bars(view: RequestView, scale: _Scale) -> Iterator[LaneBar]:
    taken = view.taken_at or scale.last
    if taken > scale.begin:
        yield scale.bar("waited", scale.begin, taken)
    if view.taken_at is not None:
        yield scale.bar("worked", view.taken_at, scale.last)


def _steps(view: RequestView, task: str) -> Iterator[LaneStep]:
    asked, taken, ended = view.asked_at, view.taken_at, view.ended_at
    yield LaneStep(name="asked", at=asked)
    yield LaneStep(name="taken", at=taken, note=_after(asked, taken) or _taken_without_time(view))
    yield LaneStep(name="task", note=task)
    yield LaneStep(name="answered", at=ended, note=_after(asked, ended) or _answered_without_time(view))


def _taken_without_time(view: RequestView) -> str:
    return "by a bridge" if view.stage is SeenStage.CLAIMED else ""


def _answered_without_time(view: RequestView) -> str:
    return "" if view.stage.in_flight or view.ended_at else "yes"


def _after(asked: datetime | None, at: datetime | None) -> str:
    return f"after {span(_seconds(asked, at))}" if asked and at else ""


def _seconds(begin: datetime, end: datetime) -> int:
    return max(0, int((end - begin).total_seconds()))


def _words(view: RequestView, now: datetime, until: str) -> str:
    """Return what the picture shows."""
    parts = [str(view.stage)]
    if view.asked_at:
        parts.append(f"asked {span(_seconds(view.asked_at, now))} ago")
    for what, at in (("taken", view.taken_at), ("ended", view.ended_at)):
        if after := _after(view.asked_at, at):
            parts.append(f"{what} {after}")
    if until:
        parts.append(f"deadline {until}")
    return ", ".join(parts)


def _beginning(reason: str) -> str:
    """Return the beginning of a reason, in one line."""
    line = " ".join(reason.split())
    return f"{line[: _SUMMARY_CHARACTERS - 1]}…" if len(line) > _SUMMARY_CHARACTERS else line
