"""What a handler said, read field by field: salvaged first, judged afterwards.

The one reader of answers, for bodies that are PUT, outputs of workflows and values that functions return. What is clear
is taken as it is meant: a number as an id, ``Failed``, a key in other letters. What stays wrong is a problem beside the
rest, and costs nothing of it: a refused answer keeps its PhysicalResourceId and its Reason. It raises nothing.

Source of the fields: AWS CloudFormation User Guide, "Custom resource response objects".
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from customresource_bridge.protocol import fields, limits
from customresource_bridge.protocol.answers.response import Response, Status, cut_reason
from customresource_bridge.protocol.answers.salvage import Salvaged, salvage
from customresource_bridge.protocol.answers.spelling import Members, status_of
from customresource_bridge.protocol.errors import ResponseError
from customresource_bridge.protocol.naming import Identity, printable
from customresource_bridge.protocol.printing import mended
from customresource_bridge.protocol.request import EXTRAS_KEY, RequestType

T = TypeVar("T")

REFUSED = "The handler's answer was refused"
_SAID = "Said"
"""Where a refused answer says what the handler itself had said, for a reader who knows the RequestType."""
_IDS = ("StackId", "RequestId", "LogicalResourceId")
_MOST_DIGITS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerAnswer:
    """An answer to one request.

    :ivar status: None where it says none, or none that is clear.
    :ivar reason: what the handler wished to say; empty where it said nothing.
    :ivar physical_resource_id: None where it names none.
    :ivar problems: what is wrong with it, each with its field and a remedy.
    :ivar is_whole: whether it was one whole JSON object.
    :ivar for_another: whether its ids are those of another request.
    :ivar advice: what is understood here, and would not be by CloudFormation.
    """

    identity: Identity
    status: Status | None = None
    reason: str = ""
    physical_resource_id: str | None = None
    no_echo: bool = False
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    problems: tuple[ResponseError, ...] = ()
    is_whole: bool = True
    for_another: bool = False
    advice: tuple[str, ...] = ()
    _refusal: str = ""

    @property
    def problem(self) -> str:
        """What is wrong with it in one text; empty where nothing is."""
        return "; ".join(str(error) for error in self.problems)

    def refused(self, error: ResponseError) -> "HandlerAnswer":
        """Return the same with one problem more."""
        return replace(self, problems=(*self.problems, error))

    def response(self, request_type: RequestType | None = None, *, refused: str = REFUSED) -> Response:
        """Return the response that it comes to.

        :param request_type: what was asked for, if that is known. For a Delete and a Check only Status and Reason
            count.
        :param refused: what is said of an answer with a problem, in front of the problem.
        """
        only_status_counts = request_type is not None and not request_type.makes
        if self.status is Status.SUCCESS and (only_status_counts or self.is_flawless):
            return Response(
                status=Status.SUCCESS,
                identity=self.identity,
                reason=self.reason,
                physical_resource_id=self.physical_resource_id,
                no_echo=self.no_echo,
                data=self.data,
            )
        failed = Response.failed(self.identity, self._failure(refused), physical_resource_id=self.physical_resource_id)
        return replace(failed, no_echo=self.no_echo, data=self.data) if self.status is Status.FAILED else failed

    @property
    def is_flawless(self) -> bool:
        """Whether it is taken as it is, whatever was asked for."""
        return not self.problems and not self._refusal

    def _failure(self, refused: str) -> str:
        # Its own Reason first: it is worth more than an error about what stands beside it.
        if self._refusal or (self.status is Status.FAILED and self.reason):
            return self._refusal or self.reason
        problem = f"{refused}: {self.problem}" if self.problems else ""
        return f"{self.reason} ({problem})" if self.reason and problem else self.reason or problem

    def to_dict(self) -> dict[str, Any]:
        """Return it as Heat is told: as the response it comes to, with what was said itself where that differs."""
        response = self.response()
        if self.status is None or response.status is self.status:
            return response.to_dict()
        said = {"Status": str(self.status), "Reason": self.reason}
        return {**response.to_dict(), EXTRAS_KEY: {_SAID: said}}


def read_body(raw: bytes | str, identity: Identity, *, limit: int, size: int | None = None) -> HandlerAnswer:
    """Read a body, or as much of it as there is.

    :param limit: the most bytes taken; of a larger body only the beginning is looked at.
    :param size: how many bytes the whole body had, where ``raw`` is its beginning.
    """
    found = salvage(raw[: limit + 1], limit=limit)
    size = len(raw if isinstance(raw, bytes) else raw.encode("utf-8", "surrogatepass")) if size is None else size
    body_problems = []
    if size > limit:
        body_problems.append(ResponseError("The response", f"has {size} bytes", f"the limit is {limit} bytes"))
    elif found.problem:
        body_problems.append(ResponseError("The response", found.problem, "send one complete JSON object"))
    return _read(found, identity, limit=limit, body_problems=body_problems, default=None)


def read_value(
    value: Any,
    identity: Identity,
    *,
    limit: int = limits.MAX_RESPONSE_BYTES,
    default: Status | None = None,
    lost: str = "",
) -> HandlerAnswer:
    """Read an answer that is decoded already.

    :param default: the status of an answer that names none: SUCCESS where a function or a workflow ended well.
    :param lost: what is known to be missing from it, to follow "The response".
    """
    problems = [ResponseError("The response", lost, "send plain JSON")] if lost else []
    if not isinstance(value, Mapping):
        problems.append(ResponseError("The response", f"is {fields.json_name(value)}", "send one JSON object"))
        return HandlerAnswer(identity=identity, status=default, problems=tuple(problems))
    answer = _read(Salvaged(value), identity, limit=limit, body_problems=problems, default=default)
    return _with_what_was_said(answer, value)


def _with_what_was_said(answer: HandlerAnswer, value: Mapping[str, Any]) -> HandlerAnswer:
    extras = value.get(EXTRAS_KEY)
    said = extras.get(_SAID) if isinstance(extras, Mapping) else None
    if not isinstance(said, Mapping) or answer.status is not Status.FAILED:
        return answer
    return replace(
        answer, status=status_of(said.get("Status")), reason=_reason(said.get("Reason")), _refusal=answer.reason
    )


def _read(
    found: Salvaged, identity: Identity, *, limit: int, body_problems: list[ResponseError], default: Status | None
) -> HandlerAnswer:
    members = Members(found.members)
    reader = _Reader(members, found.doubled)
    for_another = _is_for_another(members, identity)
    status = reader.read("Status", lambda value: _status(value, default), None)
    nothing: dict[str, Any] = {}
    data = reader.read("Data", _data, nothing)
    reason = members.get("Reason") or Members(found.cut).get("Reason")
    physical = reader.read("PhysicalResourceId", _physical_resource_id, None)
    no_echo = reader.read("NoEcho", _no_echo, True)
    # Where the whole is wrong, what is missing from it is no problem of its own.
    problems = body_problems or [*_wrong_ids(members, identity), *reader.problems]
    if not problems and (large := _too_large(found.members, limit)):
        problems, data = [large], {}
    return HandlerAnswer(
        identity=identity,
        is_whole=not body_problems,
        status=status,
        reason=_reason(reason),
        physical_resource_id=physical,
        no_echo=no_echo,
        data=data,
        problems=tuple(problems),
        for_another=for_another,
        advice=tuple(members.advice()),
    )


@dataclass(slots=True)
class _Reader:
    """Reads fields one by one and keeps what is wrong with each."""

    members: Members
    doubled: frozenset[str]
    problems: list[ResponseError] = field(default_factory=list)

    def read(self, name: str, read: Callable[[Any], T], without: T) -> T:
        """Return a field; ``without`` where it is wrong."""
        key = self.members.key(name)
        shown = printable(key)
        if key in self.doubled:
            self.problems.append(ResponseError(shown, "appears twice, or has a key twice", "send each key once"))
            if name != "PhysicalResourceId":  # a thing that is named is not to be forgotten
                return without
        try:
            return read(self.members.get(name))
        except _WrongError as wrong:
            self.problems.append(ResponseError(shown, wrong.problem, wrong.remedy))
            return without


class _WrongError(Exception):
    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


def _wrong_ids(members: Members, identity: Identity) -> list[ResponseError]:
    # The URL says whom the answer is for: what the body leaves out is filled in, what differs is refused.
    return [
        ResponseError(printable(members.key(name)), "is not that of the request", "copy it from the request unchanged")
        for name, expected in zip(_IDS, _expected(identity), strict=True)
        if members.get(name) not in (None, "", expected)
    ]


def _is_for_another(members: Members, identity: Identity) -> bool:
    return bool(_wrong_ids(members, identity)) and members.get("RequestId") != identity.request_id


def _expected(identity: Identity) -> tuple[str, str, str]:
    return identity.stack_id, identity.request_id, identity.logical_resource_id


def _status(value: Any, default: Status | None) -> Status:
    if value is None and default is not None:
        return default
    status = status_of(value)
    if status is None:
        raise _WrongError("is missing" if value is None else f"is {_short(value)}", "send SUCCESS or FAILED")
    return status


def _short(value: Any) -> str:
    # A wrong Status is no secret and worth showing; a long one is not. Its line breaks are not to reach a log.
    shown = 40
    return repr(mended(value[:shown])) if isinstance(value, str) else fields.json_name(value)


def _reason(value: Any) -> str:
    if isinstance(value, str):
        return cut_reason(value)
    try:
        # A whole error is sent in the wild, as an object; who wrote it knows what it means.
        return cut_reason(json.dumps(value, ensure_ascii=False)) if value else ""
    except (TypeError, ValueError, RecursionError):
        return ""


def _physical_resource_id(value: Any) -> str | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = _number(value)
    if value is None:
        return None
    if not isinstance(value, str):
        raise _WrongError(f"is {fields.json_name(value)}", "send a string")
    text = mended(value)
    size, limit = len(text.encode()), limits.MAX_PHYSICAL_RESOURCE_ID_BYTES
    if size > limit:
        raise _WrongError(f"has {size} bytes", f"the limit is {limit} bytes")
    return text if text.strip() else None


def _number(value: float) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        raise _WrongError("is NaN, or a number too large", "send a string")
    if isinstance(value, int) and value.bit_length() > _MOST_DIGITS * 3:
        raise _WrongError("is a number of too many digits", "send a string")
    return json.dumps(value)


def _no_echo(value: Any) -> bool:
    if value is None:
        return False
    if isinstance(value, bool):
        return value
    known = {"true": True, "false": False, "": False}
    if isinstance(value, str) and value.strip().lower() in known:
        return known[value.strip().lower()]
    raise _WrongError(f"is {fields.json_name(value)}", "send true or false")


def _data(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _WrongError(f"is {fields.json_name(value)}", "send an object")
    try:
        fields.check_nesting(value, "Data", error=ResponseError)
        # What is taken must be able to travel on: services refuse NaN and lone surrogates, some of them with a 500.
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ResponseError as deep:
        raise _WrongError(deep.problem, deep.remedy) from None
    except (TypeError, ValueError, RecursionError):
        raise _WrongError("is not valid JSON (NaN or no JSON value)", "send plain JSON") from None
    return dict(value) if (whole := mended(text)) == text else dict(json.loads(whole))


def _too_large(members: Mapping[str, Any], limit: int) -> ResponseError | None:
    try:
        # Without blanks, as it may have come: what fits as it was sent is not to be refused for how it is counted.
        size = len(mended(json.dumps(members, ensure_ascii=False, separators=(",", ":"))).encode())
    except (TypeError, ValueError, RecursionError):
        return None  # in a member that is not looked at
    return ResponseError("The response", f"has {size} bytes", f"the limit is {limit} bytes") if size > limit else None
