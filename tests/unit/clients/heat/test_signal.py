"""PUTs to Heat's own URL: each answer, and each lack of one, is a value."""

from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from customresource_bridge.clients.heat.signal import HeatSignal, Outcome
from customresource_bridge.protocol.secret import Secret


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    with HTTPServer() as running:
        yield running


@pytest.fixture
def heat() -> HeatSignal:
    return HeatSignal(connections=1, connect_timeout=2, read_timeout=2)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(200, Outcome.ACCEPTED), (204, Outcome.ACCEPTED), (307, Outcome.ANSWERED), (500, Outcome.ANSWERED)],
)
def test_only_a_2xx_is_an_acceptance(server: HTTPServer, heat: HeatSignal, status: int, outcome: Outcome) -> None:
    server.expect_request("/w", method="PUT").respond_with_response(Response("why", status, {"Location": "/other"}))
    signalled = heat.put(Secret(server.url_for("/w")), b"{}")
    assert (signalled.outcome, signalled.status) == (outcome, status)
    assert len(server.log) == 1


def test_nothing_there_is_unreachable(heat: HeatSignal) -> None:
    assert heat.put(Secret("http://127.0.0.1:9/w"), b"{}").outcome is Outcome.UNREACHABLE


def test_keystone_lives_when_it_refuses_a_user_that_cannot_exist(server: HTTPServer, heat: HeatSignal) -> None:
    def refuses(request: Request) -> Response:
        return Response(status=401 if request.json["auth"]["identity"]["methods"] == ["password"] else 500)

    server.expect_request("/v3/auth/tokens", method="POST").respond_with_handler(refuses)
    assert heat.keystone_lives(server.url_for("/v3"))
    assert not heat.keystone_lives("http://127.0.0.1:9")


def test_a_service_lives_that_answers_at_its_root(server: HTTPServer, heat: HeatSignal) -> None:
    server.expect_request("/").respond_with_data("x", status=300)
    assert heat.heat_lives(Secret(server.url_for("/a/b?c")))
