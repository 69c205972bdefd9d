"""The method that the gateway calls over Heat's bus: opens a sealed answer, has it kept, and replies what came of it.

That a message is on the bus proves nothing: only what a holder of the gateway's keys has sealed is opened. Whatever
goes wrong here is a reply and no exception, whose text oslo.messaging would log and send.
"""

from collections.abc import Callable
from typing import Any

import oslo_messaging
from heat.common import context as heat_context
from oslo_log import log as logging

from customresource_bridge.plugin import clock
from customresource_bridge.plugin.answering import answers
from customresource_bridge.plugin.answering.answers import AnsweredStack, AnswerEffect
from customresource_bridge.plugin.clock import Clock
from customresource_bridge.plugin.heat import events, resource_ref
from customresource_bridge.plugin.heat.engines import retrigger
from customresource_bridge.protocol import ResponseError
from customresource_bridge.protocol.crypto.bus_answer import (
    RPC_VERSION,
    AnswerKeyring,
    BusAnswer,
    BusOutcome,
    BusReply,
)
from customresource_bridge.protocol.errors import RequestError, TokenError
from customresource_bridge.protocol.printing import in_clear, without_text
from customresource_bridge.protocol.stack_id import StackId

LOG = logging.getLogger(__name__)

Take = Callable[[AnsweredStack, Any], AnswerEffect]


class AnswerEndpoint:
    """What oslo.messaging calls, in a thread of its own for each message.

    :param engine_id: the engine worker that it runs in, which surely lives.
    :param take: takes an answer for a stack.
    """

    target = oslo_messaging.Target(version=RPC_VERSION)

    def __init__(
        self, keyring: AnswerKeyring, *, engine_id: str, take: Take = answers.take, now: Clock = clock.now
    ) -> None:
        self._keyring = keyring
        self._engine_id = engine_id
        self._take = take
        self._now = now

    def take_answer(self, _context: Any, sealed: Any = None, **_later: Any) -> dict[str, Any]:
        """Keep an answer; see :class:`BusReply` for what is returned."""
        wrong = ""
        try:
            reply = self._replied(sealed)
        except Exception as error:  # Heat's database or bus may be away; the handler sends its answer again
            reply, wrong = BusReply(BusOutcome.NOT_YET), without_text(error)
        if wrong:
            LOG.error("An answer that came over the bus was not kept: %s", wrong)
        return reply.to_dict()

    def _replied(self, sealed: Any) -> BusReply:
        answer = self._opened(sealed)
        if answer is None:
            return BusReply(BusOutcome.SEAL)
        try:
            stack = self._stack(answer)
            effect = self._take(stack, {**answer.value, "RequestId": answer.identity.request_id})
        except ResponseError as error:
            return BusReply(BusOutcome.REFUSED, in_clear(str(error)))
        except RequestError:
            return BusReply(BusOutcome.GONE)  # no stack has such an ARN
        return BusReply(BusOutcome.GONE if effect is AnswerEffect.NO_ROW else BusOutcome.KEPT)

    def _opened(self, sealed: Any) -> BusAnswer | None:
        try:
            return self._keyring.open(sealed, now=self._now())
        except TokenError as error:
            problem = error.problem
        LOG.warning("An answer that came over the bus was not opened: it %s", problem)
        return None

    def _stack(self, answer: BusAnswer) -> AnsweredStack:
        context = heat_context.get_admin_context()
        stack_id = answer.identity.stack_id
        return AnsweredStack(
            context=context,
            stack_id=stack_id,
            stack_uuid=StackId.parse(stack_id).uuid,
            wake=lambda row_id: self._wake(context, row_id),
            tell=lambda row_id, _name, text: _tell(context, row_id, text),
        )

    def _wake(self, context: Any, row_id: int) -> None:
        retrigger.go_on(context, row_id, lambda: _stack_of(context, row_id), now=self._now(), alive=self._is_alive)

    def _is_alive(self, engine_id: str) -> bool:
        return engine_id == self._engine_id or retrigger.is_alive(engine_id)


def _stack_of(context: Any, row_id: int) -> Any:
    ref = resource_ref.load(context, row_id)
    return None if ref is None else ref.stack


def _tell(context: Any, row_id: int, text: str) -> None:
    ref = resource_ref.load(context, row_id)
    if ref is not None:
        events.tell(ref, text)
