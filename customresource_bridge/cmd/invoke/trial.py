"""Runs a handler for one request in front of a gateway, and says what Heat would be told, and how it came about."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from customresource_bridge.cmd.conformance.exchange import Exchange, Put
from customresource_bridge.cmd.conformance.local_gateway import LocalGateway
from customresource_bridge.cmd.terminal import MASK
from customresource_bridge.protocol import Request, Response
from customresource_bridge.protocol.answers.reader import read_value
from customresource_bridge.provider.handler_calls import HandlerCalls, answer_of
from customresource_bridge.provider.style import Style

_HOW = {
    Style.LAMBDA: "by what the provider says after its end",
    Style.CDK: "by what it returned or raised",
    Style.CRHELPER: "by what it had crhelper answer",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialResult:
    """What Heat would be told.

    :ivar how: how it came about, in words.
    :ivar puts: what was sent to the ResponseURL.
    """

    response: Response
    how: str
    puts: Sequence[Put] = ()

    def shown(self) -> dict[str, Any]:
        """Return the response as every reader may see it: NoEcho masks its Data, as Heat does."""
        body = self.response.to_dict()
        return {**body, "Data": dict.fromkeys(body["Data"], MASK)} if self.response.no_echo else body


def tell(
    calls: HandlerCalls, request: Request, *, gateway: LocalGateway, seconds: float, wait: Callable[[], bool]
) -> TrialResult:
    """Run the handler for a request."""
    request = replace(request, response_url=gateway.make_url(request))
    exchange = Exchange(step=str(request.request_type), request=request)
    gateway.heat.expect(exchange)
    answer = answer_of(calls, request, request.to_dict(), seconds=seconds, wait=wait)
    # The first valid answer counts, and the handler's own came before what is answered after its end.
    if exchange.outcome is not None:
        response = read_value(exchange.outcome, request.identity).response()
        return TrialResult(response=response, how="by a PUT of the handler's", puts=tuple(exchange.puts))
    how = _HOW[calls.style]
    return TrialResult(response=answer, how=how, puts=tuple(exchange.puts))
