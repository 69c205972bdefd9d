"""Brings a request to its handler's queue and rings the bell; reads its answer."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from oslo_log import log as logging

from customresource_bridge import errors
from customresource_bridge.clients.http import never_left
from customresource_bridge.clients.url_fence import climbs
from customresource_bridge.clients.zaqar.zaqar import Zaqar
from customresource_bridge.plugin import clock
from customresource_bridge.plugin.delivery import bridge_trust, bus_bell, response_url, signing_user
from customresource_bridge.plugin.delivery import request as requests
from customresource_bridge.plugin.delivery.lookup import executions
from customresource_bridge.plugin.heat import leases, queries, resource_data
from customresource_bridge.plugin.heat.resource_ref import ResourceRef
from customresource_bridge.plugin.lifecycle.schedule import message_ttl
from customresource_bridge.plugin.lifecycle.state import Pending, State
from customresource_bridge.plugin.lifecycle.wait_decision import Seen
from customresource_bridge.plugin.options import BusUse, bus_use, settings, signature_keys
from customresource_bridge.protocol import (
    Bell,
    BusBell,
    QueueToken,
    Request,
    Response,
    Secret,
    SignedQueueToken,
    parse_service_token,
)
from customresource_bridge.protocol.answers.reader import read_value
from customresource_bridge.protocol.crypto.signature import signed
from customresource_bridge.protocol.ids import BELL_QUEUE, stack_queue
from customresource_bridge.protocol.messaging.bell import OwnersTrust
from customresource_bridge.protocol.printing import one_line
from customresource_bridge.protocol.request import MAX_USER_ID_BYTES

LOG = logging.getLogger(__name__)

_BELL_TTL = 300
"""Seconds. A bell that no bridge heard by then has been repeated."""

_LONGEST_OWNER_ID = "f" * MAX_USER_ID_BYTES

EnsureSigner = Callable[[ResourceRef], None]


def answer(ref: ResourceRef, request_id: str) -> Response | None:
    """Return the answer that a signal stored for a request, or None."""
    text = resource_data.read(ref.context, ref.row_id, resource_data.answer_key(request_id))
    return None if text is None else _parse(ref, request_id, text)


def answers(ref: ResourceRef) -> dict[str, Response]:
    """Return all answers that signals stored for a resource's requests and that were not yet taken over, oldest first.

    By RequestId; a further answer, which names another id, is under that and what tells it apart.
    """
    texts = resource_data.read_answers(ref.context, ref.row_id)
    return {key: _parse(ref, resource_data.request_of(key), text) for key, text in texts.items()}


def _parse(ref: ResourceRef, request_id: str, text: str) -> Response:
    return read_value(json.loads(text), ref.identity(request_id), limit=resource_data.MAX_CHARACTERS).response()


def see(ref: ResourceRef, pending: Pending) -> Seen:
    """Return what became of a request: without an answer, none says whether a handler has it."""
    return look(ref, pending)[0]


def look(ref: ResourceRef, pending: Pending, *, interrupt: bool = False) -> tuple[Seen, Response | None]:  # noqa: ARG001
    """Return what became of a request, and its answer, if there is one. A handler is not interrupted."""
    response = answer(ref, pending.request_id)
    return (Seen.MISSING, None) if response is None else (Seen.ENDED, response)


def cancel(ref: ResourceRef, pending: Pending) -> None:
    """Do nothing: a handler learns by the next request which one before it was given up."""


def execution(ref: ResourceRef, pending: Pending) -> str | None:
    """Return the id of the execution by which a bridge handles a request, if Mistral has one."""
    return executions.id_of(ref, pending)


def send(
    ref: ResourceRef, pending: Pending, _state: State, *, ensure_signer: EnsureSigner = signing_user.ensure_for
) -> None:
    """Post a new request, ring the bell where a bridge is to find it, and make the stack's signer if need be.

    There is none where the gateway answers over Heat's bus; else without the signer no answer is accepted. A handler
    may answer at once, and only once, and the gateway takes a signer that is missing for one that went with its stack:
    so the signer is there before the request. Only a bridge that answers Heat itself asks whether the stack lives and
    answers again: for it the signer is made while its workflow runs, which saves a sixth of a small stack's time.

    :param ensure_signer: finds or makes the stack's signer.
    :raises ServiceError: the queue did not take it, or there is no signer.
    """
    if not needs_signer():
        _post(ref, pending)
        return
    # After the request was written down: a clean-up that removes a signer looks for such requests afterwards.
    has_signer = queries.has_signer(ref.context, ref.stack_uuid)
    later = executions.is_for_bridge(pending) and not settings().gateway_url
    if not has_signer and not later:
        _make_signer(ref, ensure_signer)
    _post(ref, pending)
    if not has_signer and later:
        _try_to_make_signer(ref, pending, ensure_signer)


def needs_signer() -> bool:
    """Return whether new requests are answered by Heat's signed URL."""
    return bus_use() is not BusUse.ON


def _try_to_make_signer(ref: ResourceRef, pending: Pending, ensure_signer: EnsureSigner) -> None:
    try:
        _make_signer(ref, ensure_signer)
    except errors.ServiceError as error:
        wrong = one_line(str(error))
    else:
        return
    LOG.warning("No answer is accepted until %s is posted again: %s", pending.request_id, wrong)


def _make_signer(ref: ResourceRef, ensure_signer: EnsureSigner) -> None:
    ensure_signer(ref)
    resource_data.note_signer(ref.context, ref.row_id)


def send_again(ref: ResourceRef, pending: Pending, *, ensure_signer: EnsureSigner = signing_user.ensure_for) -> None:
    """Post a request that was not answered, as :func:`send` does; its signer may have been what was missing.

    The caller has counted this post already; it is taken back where it surely was none.

    :param ensure_signer: finds or makes the stack's signer.
    :raises ServiceError: the queue did not take it, or there is no signer.
    """
    with counted(ref, pending):
        if needs_signer():
            _make_signer(ref, ensure_signer)
        _post(ref, pending)


@contextmanager
def counted(ref: ResourceRef, pending: Pending) -> Iterator[None]:
    """Take a post back that was counted beforehand, lest a process die in between, and that surely was none."""
    try:
        yield
    except errors.ServiceError as error:
        if never_left(error):
            leases.take_back_post(ref.context, ref.row_id, pending.request_id)
        raise


def _post(ref: ResourceRef, pending: Pending) -> None:
    # Made sure of before each post: the trust may have been removed, or the stack be older than it.
    owner = bridge_trust.owner_trusting(ref) if executions.is_for_bridge(pending) else None
    message = _message(ref, pending, owner_id=owner.user_id if owner else None)
    ttl = message_ttl(pending, clock.now())
    match parse_service_token(pending.spec.service_token):
        case QueueToken(queue):
            ref.zaqar().post(queue, message, ttl=ttl)
        case SignedQueueToken() as token:
            ref.signed_queue(token).post(token.queue, message, ttl=ttl)
        case _:
            _to_bridge(ref, message, ttl, owner.trust if owner else None)


def _message(ref: ResourceRef, pending: Pending, *, owner_id: str | None = None) -> dict[str, Any]:
    """Return what is posted: for a bridge, more than for an outside provider."""
    return requests.fitting(pending, lambda asked: _whole(ref, asked, owner_id))


def _whole(ref: ResourceRef, pending: Pending, owner_id: str | None) -> dict[str, Any]:
    request = _request(ref, pending)
    if not executions.is_for_bridge(pending):
        return request.to_dict()
    told = _with_previous(ref, pending, request)
    return signed(replace(told, extras=replace(told.extras, owner_id=owner_id)).to_dict(), signature_keys())


def _with_previous(ref: ResourceRef, pending: Pending, request: Request) -> Request:
    """Say where the outcomes of those before are told, which only Mistral may know of, and how long to heed them."""
    if not pending.previous:
        return request
    urls = [_url(ref, request_id, pending.deadline) for request_id in pending.previous]
    earlier = [replace(before, response_url=url) for before, url in zip(request.extras.earlier, urls[1:], strict=True)]
    extras = replace(request.extras, previous_response_url=urls[0], earlier=tuple(earlier), asked_at=pending.asked_at)
    return replace(request, extras=extras)


def _to_bridge(ref: ResourceRef, message: dict[str, Any], ttl: int, trust: OwnersTrust | None) -> None:
    zaqar = ref.zaqar()
    queue = stack_queue(ref.stack_uuid)
    zaqar.post(queue, message, ttl=ttl)
    try:
        _ring(ref, zaqar, queue, trust)
    except errors.ServiceError as error:
        # The request is there; the bridge's sweep, or the bell of the next post, finds it.
        wrong = one_line(str(error))
    else:
        return
    LOG.warning("The bell for stack %s did not ring: %s", ref.stack_uuid, wrong)


def _ring(ref: ResourceRef, zaqar: Zaqar, queue: str, trust: OwnersTrust | None) -> None:
    operated = bool(settings().bridge_user_id)
    if operated:
        bus_bell.ring(BusBell(ref.project_id, queue, trust))
    if not operated or settings().tenant_bridges:
        zaqar.post(BELL_QUEUE, Bell(queue).to_dict(), ttl=_BELL_TTL)


def check(ref: ResourceRef, pending: Pending) -> str | None:
    """Return why a request cannot be posted at all, or None.

    Nothing is made that could not be deleted: the longest Delete of what it makes must fit too.
    """
    if climbs(ref.arn_path):
        return "No ResponseURL can name the resource: rename it, not '.' or '..' in whatever encoding"
    owner_id = _LONGEST_OWNER_ID if bridge_trust.wanted() else None
    too_large = requests.problem(_message(ref, pending, owner_id=owner_id), what="The request")
    if too_large or not pending.request_type.makes:
        return too_large
    delete = _message(ref, requests.longest_delete(pending), owner_id=owner_id)
    return requests.problem(delete, what="The Delete of what it makes")


def _request(ref: ResourceRef, pending: Pending) -> Request:
    return requests.build(
        pending,
        stack_id=ref.stack_id,
        name=ref.name,
        project_id=ref.project_id,
        url=_url(ref, pending.request_id, pending.deadline),
    )


def _url(ref: ResourceRef, request_id: str, deadline: datetime) -> Secret:
    base = settings().gateway_url
    inner = _signed_url(ref) if needs_signer() else None
    if inner is not None and not base:
        return inner
    return response_url.sealed_url(
        inner,
        base=base,
        keys=settings().gateway_keys,
        identity=ref.identity(request_id),
        deadline=deadline,
        now=clock.now(),
    )


def _signed_url(ref: ResourceRef) -> Secret:
    return response_url.response_url(
        cfn_url=ref.cfn_url(), arn_path=ref.arn_path, pair=signing_user.key_pair(ref.stack_uuid)
    )
