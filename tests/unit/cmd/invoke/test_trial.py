"""What Heat would be told is the handler's first valid PUT, or what is answered after its end."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from customresource_bridge.cmd.conformance.exchange import LocalHeat
from customresource_bridge.cmd.conformance.local_gateway import LocalGateway
from customresource_bridge.cmd.invoke.trial import tell
from customresource_bridge.protocol import Secret, Status
from customresource_bridge.provider.ending import Ending, Returned
from customresource_bridge.provider.handler_calls import HandlerCalls
from customresource_bridge.provider.style import Style
from customresource_bridge.testing import a_request

URL = Secret("https://127.0.0.1/v1/responses/here")
REQUEST = a_request("Create", properties={"Name": "x"})


def told(calls: HandlerCalls, heat: LocalHeat) -> Any:
    gateway = LocalGateway(heat, lambda _request: URL, Path("ca.pem"))
    return tell(calls, REQUEST, gateway=gateway, seconds=5, wait=lambda: False)


def test_a_put_counts_before_what_is_returned() -> None:
    heat = LocalHeat()

    def handler(event: Mapping[str, Any], _seconds: float) -> Ending:
        assert event["ResponseURL"] == URL.reveal()
        body = {"Status": "SUCCESS", "RequestId": event["RequestId"], "PhysicalResourceId": "put"}
        heat.put(URL, json.dumps(body).encode())
        return Returned({"PhysicalResourceId": "returned"})

    found = told(HandlerCalls(run=handler), heat)
    assert (found.response.physical_resource_id, found.how) == ("put", "by a PUT of the handler's")


def test_without_one_the_provider_s_answer_is_told() -> None:
    found = told(HandlerCalls(run=lambda _event, _seconds: Returned(None)), LocalHeat())
    assert found.response.status is Status.FAILED
    assert found.how == "by what the provider says after its end"
    cdk = told(HandlerCalls(run=lambda _event, _seconds: Returned(None), style=Style.CDK), LocalHeat())
    assert (cdk.response.status, cdk.how) == (Status.SUCCESS, "by what it returned or raised")
