"""Decides what a body that came to a genuine ResponseURL means. Pure.

The question behind each branch: will the handler come back with something better? If not, the resource must fail now
and say why, instead of waiting for its time-out.

* A whole body that breaks the contract: the handler's own mistake, it will send the same again. Refused, and FAILED,
  with the id and the Reason that it names.
* A body that was cut by the connection: the handler has seen that too, and most try again. Refused, nothing more.
* Ids of another request: two URLs were mixed up, and this one's own answer may still come. Refused, nothing more.
  But with this request's RequestId, only the other ids can be wrong: refused, and FAILED.
* Progress (``IN_PROGRESS``): no outcome. Handed on, and never in an answer's place.

The RequestType is not known here. What is forwarded says what the handler itself said, so that Heat's plugin, which
knows it, takes the success of a Delete whatever stands beside it.
"""

from dataclasses import dataclass
from http import HTTPStatus

from customresource_bridge.gateway.body import Body
from customresource_bridge.protocol import Identity
from customresource_bridge.protocol.answers.progress import Progress, read_progress_body
from customresource_bridge.protocol.answers.reader import HandlerAnswer, read_body
from customresource_bridge.protocol.errors import ResponseError


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What to do with a body.

    :ivar forward: what Heat is to be told; None where Heat is to hear nothing.
    :ivar status: what the handler is told once Heat has taken it (or at once, if it hears nothing).
    :ivar text: the same in words.
    """

    forward: HandlerAnswer | Progress | None
    status: HTTPStatus = HTTPStatus.OK
    text: str = "OK"


def judge(body: Body, identity: Identity, *, limit: int) -> Judgement:
    """Return what ``body`` means as an answer to the request that ``identity`` names.

    :param limit: the most bytes taken.
    """
    if not body.size and not body.cut:
        missing = ResponseError("The response", "has no body", "send one JSON object, with its Content-Length")
        return judged(HandlerAnswer(identity=identity, problems=(missing,)))
    progress = None if body.cut else read_progress_body(body.raw, identity, limit=limit)
    if progress is not None:
        return Judgement(forward=progress)
    answer = read_body(body.raw, identity, limit=limit, size=body.size)
    if answer.for_another:
        return Judgement(forward=None, status=HTTPStatus.CONFLICT, text=answer.problem)
    if body.size > limit:
        return judged(answer, status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    # What is cut and still one whole object is whole: only its announced length was wrong.
    if body.cut and not answer.is_whole:
        text = f"The response was cut short: {answer.problem}"
        return Judgement(forward=None, status=HTTPStatus.BAD_REQUEST, text=text)
    return judged(answer)


def refused_by_heat(why: str, answer: HandlerAnswer) -> HandlerAnswer:
    """Return what to forward of an answer that passed here and that Heat's plugin will never take."""
    return answer.refused(ResponseError("Heat", "does not take the response", why))


def judged(answer: HandlerAnswer, *, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> Judgement:
    """Return what to do with an answer.

    :param status: what its handler is told where it has a problem.
    """
    if not answer.problems:
        return Judgement(forward=answer)
    return Judgement(forward=answer, status=status, text=answer.problem)
