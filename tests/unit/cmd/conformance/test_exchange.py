import json
from http import HTTPStatus
from typing import Any

from customresource_bridge.clients.heat.signal import Outcome
from customresource_bridge.cmd.conformance.exchange import Exchange, LocalHeat, Put, Recorder
from customresource_bridge.gateway.body import Body
from customresource_bridge.gateway.http.application import Answer, HTTPResponse
from customresource_bridge.protocol import Secret
from customresource_bridge.protocol.crypto.sealed import PATH
from customresource_bridge.testing import a_request

URL = Secret("http://heat")


def body(exchange: Exchange, **changes: Any) -> bytes:
    identity = exchange.request.identity
    said = {
        "Status": "SUCCESS",
        "PhysicalResourceId": "thing",
        "StackId": identity.stack_id,
        "RequestId": identity.request_id,
        "LogicalResourceId": identity.logical_resource_id,
    }
    return json.dumps({**said, **changes}).encode()


def expecting(**changes: Any) -> tuple[LocalHeat, Exchange]:
    heat, exchange = LocalHeat(), Exchange(step="Create", request=a_request(), **changes)
    heat.expect(exchange)
    return heat, exchange


def outcome(exchange: Exchange) -> Any:
    return (exchange.outcome or {}).get("PhysicalResourceId")


def test_the_first_answer_of_a_request_counts_and_a_further_one_has_no_effect() -> None:
    heat, exchange = expecting()
    assert heat.put(URL, body(exchange)).outcome is Outcome.ACCEPTED
    assert heat.put(URL, body(exchange, PhysicalResourceId="another")).outcome is Outcome.ACCEPTED
    assert outcome(exchange) == "thing"


def test_another_request_s_answer_has_no_effect() -> None:
    heat, exchange = expecting()
    heat.put(URL, body(exchange, RequestId="another"))
    assert exchange.outcome is None


def test_heat_is_away_as_often_as_was_asked_for() -> None:
    heat, exchange = expecting(unavailable=1)
    assert heat.put(URL, body(exchange)).outcome is Outcome.UNREACHABLE
    assert exchange.outcome is None
    assert heat.put(URL, body(exchange)).outcome is Outcome.ACCEPTED
    assert outcome(exchange) == "thing"


def test_a_put_knows_its_object_or_that_it_is_none() -> None:
    assert Put(method="PUT", raw=b'{"A": 1}', status=200, text="").body() == {"A": 1}
    assert [Put(method="PUT", raw=raw, status=200, text="").body() for raw in (b"[1]", b"{", b"")] == [None] * 3


def test_what_was_meant_is_known_though_it_was_refused() -> None:
    _, exchange = expecting()
    exchange.puts = [
        Put(method="PUT", raw=b"{", status=400, text=""),
        Put(method="PUT", raw=b'{"Status": "no"}', status=400, text=""),
        Put(method="PUT", raw=b'{"Status": "SUCCESS"}', status=200, text=""),
    ]
    assert exchange.first_said() == {"Status": "no"}
    assert exchange.valid_puts() == [{"Status": "SUCCESS"}]


def test_the_recorder_remembers_what_was_sent_and_what_was_told() -> None:
    heat, exchange = expecting()

    class Refusing:
        max_body = 20

        def admit(self, method: str, _path: str) -> HTTPResponse | Answer:
            response = HTTPResponse(HTTPStatus.BAD_REQUEST, b"no\n")
            return response if method == "GET" else lambda _body: response

    recorder = Recorder(Refusing(), heat)  # type: ignore[arg-type]
    for path in (f"{PATH}token", "/healthz"):
        answer = recorder.admit("PUT", path)
        assert not isinstance(answer, HTTPResponse)
        assert answer(Body(raw=b"sent", size=4)).body == b"no\n"
        assert isinstance(recorder.admit("GET", path), HTTPResponse)
    assert exchange.puts == [
        Put(method="PUT", raw=b"sent", status=400, text="no"),
        Put(method="GET", raw=b"", status=400, text="no"),
    ]
    assert recorder.max_body == 20


def test_a_report_of_progress_is_no_answer() -> None:
    heat, exchange = expecting()
    raw = body(exchange, Status="IN_PROGRESS")
    heat.remember(Put(method="PUT", raw=raw, status=200, text="OK"))
    assert heat.put(URL, raw).outcome is Outcome.ACCEPTED
    assert (exchange.puts, exchange.said(), exchange.outcome) == ([], [], None)
