"""Decides what a body that came to a genuine ResponseURL means. Pure.

Called by the application. The question behind each branch: will the handler come back with something better? If not,
the resource must fail now and say why, instead of waiting for its time-out.

* A whole body that breaks the contract: the handler's own mistake, it will send the same again. Refused, and FAILED.
* A body that was cut by the connection: the handler has seen that too, and most try again. Refused, nothing more.
* Ids of another request: two URLs were mixed up, and this one's own answer may still come. Refused, nothing more.
  But with this request's RequestId, only the other ids can be wrong: refused, and FAILED.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from customresource_bridge.gateway.body import Body
from customresource_bridge.protocol import Identity, Response
from customresource_bridge.protocol.errors import ResponseError
from customresource_bridge.protocol.fields import decode_object

_IDS = frozenset({"StackId", "RequestId", "LogicalResourceId"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What to do with a body.

    :ivar forward: what Heat is to be told; None where Heat is to hear nothing.
    :ivar status: what the handler is told once Heat has taken it (or at once, if it hears nothing).
    :ivar text: the same in words.
    """

    forward: Response | None
    status: HTTPStatus = HTTPStatus.OK
    text: str = "OK"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure(Judgement):
    """A verdict that fails the resource."""

    forward: Response


def judge(body: Body, identity: Identity, *, limit: int) -> Judgement:
    """Return what ``body`` means as an answer to the request that ``identity`` names.

    :param limit: the most bytes taken.
    """
    if body.size > limit:
        problem = f"The response has {body.size} bytes: the limit is {limit} bytes"
        return _fail(identity, problem, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    if not body.raw and not body.cut:
        return _fail(identity, "The response has no body: send one JSON object, with its Content-Length")
    try:
        source = decode_object(body.raw, "The response", limit=limit, error=ResponseError)
    except ResponseError as error:
        if body.cut:
            return Judgement(forward=None, status=HTTPStatus.BAD_REQUEST, text=f"The response was cut short: {error}")
        return _fail(identity, str(error))
    # What is cut and still one whole object is whole: only its announced length was wrong.
    return _judge_object(source, identity, limit=limit)


def _judge_object(source: dict[str, Any], identity: Identity, *, limit: int) -> Judgement:
    try:
        return Judgement(forward=Response.parse(source, identity, limit=limit))
    except ResponseError as error:
        if error.field in _IDS and not _means_this_request(source, identity):
            return Judgement(forward=None, status=HTTPStatus.CONFLICT, text=str(error))
        return _fail(identity, str(error))


def _means_this_request(source: dict[str, Any], identity: Identity) -> bool:
    return bool(source.get("RequestId") == identity.request_id)


def refused_by_heat(why: str, identity: Identity) -> "Failure":
    """Return the verdict on a body that passed here and that Heat's plugin will never take."""
    return _fail(identity, f"Heat does not take the response: {why}")


def _fail(identity: Identity, problem: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> "Failure":
    reason = f"The handler's answer was refused. {problem}"
    return Failure(forward=Response.failed(identity, reason), status=status, text=problem)
