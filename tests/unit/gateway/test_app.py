"""The application: what a client is told, what Heat is told, and what a log never holds."""

import io
import json
import logging
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from wsgiref.validate import validator

import pytest

from customresource_bridge.clients.heat.signal import Outcome, Signalled
from customresource_bridge.compat import UTC
from customresource_bridge.gateway.app import Gateway
from customresource_bridge.gateway.settle import Settler
from customresource_bridge.gateway.upstream import Upstreams
from customresource_bridge.protocol import Identity, Secret
from customresource_bridge.protocol.crypto.sealed import PATH, Keyring, Sealed, new_key

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
IDENTITY = Identity(stack_id="arn:stack", request_id="request-1", logical_resource_id="Dns")
URL = Secret("http://heat:8000/v1/waitcondition/arn?Signature=hidden")
GOOD = {"Status": "SUCCESS", "Data": {"A": 1}}


class Heat:
    """Takes what it is told to take, and remembers."""

    def __init__(self) -> None:
        self.answer = Signalled(outcome=Outcome.ACCEPTED, status=200)
        self.answers: list[Signalled] = []
        self.taken: list[Any] = []

    def put(self, url: Secret, body: bytes) -> Signalled:
        assert url == URL
        self.taken.append(json.loads(body))
        return self.answers.pop() if self.answers else self.answer

    def heat_lives(self, _url: Secret) -> bool:
        return True

    def keystone_lives(self, _auth_url: str) -> bool:
        return True


class Client:
    """Calls the application as a server would, under the eyes of the WSGI validator."""

    def __init__(self, gateway: Gateway, token: str) -> None:
        self.gateway, self.token = gateway, token
        self.headers: dict[str, str] = {}
        self.status = 0

    def put(self, body: Any = GOOD, *, token: str | None = None, **fields: str) -> str:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.call("PUT", PATH + (self.token if token is None else token), raw, **fields)

    def call(self, method: str, path: str, raw: bytes = b"", **fields: str) -> str:
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "SERVER_NAME": "gateway",
            "SERVER_PORT": "443",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_LENGTH": str(len(raw)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "https",
            "wsgi.input": io.BytesIO(raw),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            **fields,
        }

        def start(status: str, headers: list[tuple[str, str]], _info: Any = None) -> Any:
            self.status, self.headers = int(status.partition(" ")[0]), dict(headers)
            return lambda _text: None

        result = validator(self.gateway)(environ, start)
        try:
            return b"".join(result).decode()
        finally:
            result.close()  # type: ignore[attr-defined]


@pytest.fixture
def heat() -> Heat:
    return Heat()


@pytest.fixture
def client(heat: Heat) -> Client:
    return client_for(heat)


def client_for(heat: Heat, *, bases: tuple[str, ...] = (), deadline: datetime = NOW + timedelta(hours=1)) -> Client:
    ring = Keyring([new_key()])
    gateway = Gateway(
        keyring=ring,
        settler=Settler(signal=heat, auth_url="http://keystone"),
        upstreams=Upstreams.of(bases),
        max_body=2000,
        clock=lambda: NOW,
    )
    return Client(gateway, ring.seal(Sealed.for_request(URL, IDENTITY, deadline=deadline), now=NOW).reveal())


def test_a_good_answer_reaches_heat_and_is_told_ok(client: Client, heat: Heat) -> None:
    assert client.put() == "OK\n"
    assert client.status == 200
    assert heat.taken == [
        {
            "Status": "SUCCESS",
            "StackId": "arn:stack",
            "RequestId": "request-1",
            "LogicalResourceId": "Dns",
            "NoEcho": False,
            "Data": {"A": 1},
        }
    ]


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_the_content_type_is_nobody_s_business(client: Client, heat: Heat, content_type: str) -> None:
    client.put(CONTENT_TYPE=content_type)
    assert (client.status, len(heat.taken)) == (200, 1)


def test_the_same_answer_twice_is_ok_twice(client: Client) -> None:
    assert (client.put(), client.put()) == ("OK\n", "OK\n")


def test_what_heat_did_not_take_is_503_and_to_be_sent_again(client: Client, heat: Heat) -> None:
    heat.answer = Signalled(outcome=Outcome.UNREACHABLE)
    client.put()
    assert client.status == 503
    assert int(client.headers["Retry-After"]) > 0


def test_an_answer_for_a_stack_that_is_gone_is_done(client: Client, heat: Heat) -> None:
    heat.answer = Signalled(outcome=Outcome.DROPPED)
    assert client.put() == "OK\n"
    assert client.status == 200


def test_a_broken_answer_is_refused_and_fails_the_resource(client: Client, heat: Heat) -> None:
    assert "not valid JSON" in client.put(b'{"Status": "SUC')
    assert client.status == 400
    assert [taken["Status"] for taken in heat.taken] == ["FAILED"]
    assert "not valid JSON" in heat.taken[0]["Reason"]


def test_a_broken_answer_is_503_while_heat_cannot_be_told(client: Client, heat: Heat) -> None:
    heat.answer = Signalled(outcome=Outcome.UNREACHABLE)
    client.put(b"broken")
    assert client.status == 503


def test_an_oversized_answer_ends_the_connection(client: Client, heat: Heat) -> None:
    assert "the limit is 2000 bytes" in client.put(b"x" * 3000)
    assert (client.status, client.headers["Connection"]) == (413, "close")
    assert "3000 bytes" in heat.taken[0]["Reason"]


def test_what_the_plugin_refuses_fails_the_resource(client: Client, heat: Heat) -> None:
    heat.answers = [Signalled(outcome=Outcome.ANSWERED, status=400, detail="<Message>too deep\nTraceback")]
    assert "Heat does not take the response: too deep" in client.put()
    assert client.status == 400
    assert [taken["Status"] for taken in heat.taken] == ["SUCCESS", "FAILED"]
    assert "too deep" in heat.taken[1]["Reason"]


def test_another_request_s_answer_is_refused_and_heat_hears_nothing(client: Client, heat: Heat) -> None:
    client.put({**GOOD, "RequestId": "request-2"})
    assert (client.status, heat.taken) == (409, [])


def test_a_forged_token_is_403_and_its_body_is_not_read(client: Client, heat: Heat) -> None:
    assert "was not sealed by this cloud" in client.put(token=client.token[:-8] + "AAAAAAAA")
    assert (client.status, heat.taken) == (403, [])


def test_an_expired_token_is_403(heat: Heat) -> None:
    client = client_for(heat, deadline=NOW - timedelta(days=2))
    assert "has expired" in client.put()
    assert (client.status, heat.taken) == (403, [])


def test_a_url_outside_the_allowed_bases_is_403(heat: Heat) -> None:
    client = client_for(heat, bases=("http://heat:8000/v2",))
    assert "may not call" in client.put()
    assert (client.status, heat.taken) == (403, [])


def test_a_url_under_an_allowed_base_is_called(heat: Heat) -> None:
    client_for(heat, bases=("https://other", "http://heat:8000/v1/waitcondition/")).put()
    assert len(heat.taken) == 1


@pytest.mark.parametrize("token", ["", "a/b", "x" * 100_000, "../healthz", "\x00"])
def test_what_is_no_token_is_403(client: Client, token: str) -> None:
    client.put(token=token)
    assert client.status == 403


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "PATCH"])
def test_only_put_and_post_answer(client: Client, heat: Heat, method: str) -> None:
    client.call(method, PATH + client.token, b"{}")
    assert (client.status, client.headers["Allow"], heat.taken) == (405, "PUT, POST", [])


def test_a_post_is_judged_as_a_put_is(client: Client, heat: Heat) -> None:
    client.call("POST", PATH + client.token, json.dumps(GOOD).encode())
    client.call("POST", PATH + client.token, b"broken")
    assert [taken["Status"] for taken in heat.taken] == ["SUCCESS", "FAILED"]


@pytest.mark.parametrize("after", [" ", "\n", "\r\n", "\t "])
def test_blanks_behind_the_token_are_no_part_of_it(client: Client, heat: Heat, after: str) -> None:
    client.put(token=client.token + after)
    assert (client.status, len(heat.taken)) == (200, 1)


@pytest.mark.parametrize("before", ["/", "//", "/answers/"])
def test_slashes_before_the_path_are_no_harm(client: Client, before: str) -> None:
    client.call("PUT", f"{before}{PATH}{client.token}", json.dumps(GOOD).encode())
    assert client.status == 200


def test_a_refused_answer_reaches_heat_with_its_id_and_what_it_said_itself(client: Client, heat: Heat) -> None:
    client.put({"Status": "SUCCESS", "PhysicalResourceId": "vm-1", "Reason": "made", "Data": ["x"]})
    assert client.status == 400
    told = heat.taken[0]
    assert (told["Status"], told["PhysicalResourceId"]) == ("FAILED", "vm-1")
    assert told["OpenStack"] == {"Said": {"Status": "SUCCESS", "Reason": "made"}}


def test_a_prefix_that_a_front_left_on_is_no_harm(client: Client) -> None:
    client.call("PUT", f"/answers{PATH}{client.token}", json.dumps(GOOD).encode())
    assert client.status == 200


def test_health(client: Client) -> None:
    assert client.call("GET", "/healthz") == "OK\n"
    assert client.call("HEAD", "/healthz") == ""
    client.call("PUT", "/healthz")
    assert client.status == 405


@pytest.mark.parametrize("path", ["", "/", "/v1/responses", "/v2/responses/x", "/v1"])
def test_anything_else_is_404(client: Client, path: str) -> None:
    client.call("GET", path)
    assert client.status == 404


def test_a_length_that_is_no_number_is_400(client: Client, heat: Heat) -> None:
    client.gateway(
        {"REQUEST_METHOD": "PUT", "PATH_INFO": PATH + client.token, "CONTENT_LENGTH": "-3"},
        lambda status, _headers: setattr(client, "status", int(status[:3])),
    )
    assert (client.status, heat.taken) == (400, [])


def test_our_own_bug_is_503(client: Client, heat: Heat) -> None:
    del heat.answer
    client.put()
    assert client.status == 503


def test_our_own_bug_is_logged_when_it_is_over_for_oslo_log_adds_the_text_of_what_is_being_handled(
    client: Client, heat: Heat
) -> None:
    seen: list[Any] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append((record.getMessage().partition(" in")[0], sys.exc_info()[1]))

    listener, logger = Listener(), logging.getLogger("customresource_bridge.gateway.app")
    logger.addHandler(listener)
    del heat.answer
    client.put()
    logger.removeHandler(listener)
    assert ("AttributeError", None) in seen


def test_no_answer_writes_lines_of_its_own_into_a_log(
    client: Client, heat: Heat, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert "is 'X\\n2026 ERROR forged'" in client.put({"Status": "X\n2026 ERROR forged"})
    heat.answers = [Signalled(outcome=Outcome.ANSWERED, status=400, detail="<Message>bad\r\x1b[31mred\nTraceback")]
    client.put()
    assert len(caplog.records) == 2
    assert all(record.getMessage().isprintable() for record in caplog.records)


def test_half_a_letter_in_a_key_is_answered_like_any_other_mistake(client: Client, heat: Heat) -> None:
    assert "Sta?tus is 'X'" in client.put(b'{"Sta\\ud800tus": "X"}')
    assert client.status == 400
    assert [taken["Status"] for taken in heat.taken] == ["FAILED"]


def test_no_log_holds_a_token_or_heat_s_url(client: Client, heat: Heat, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client.put()
    client.put(b"broken")
    client.put(token=client.token[:-1])
    heat.answer = Signalled(outcome=Outcome.UNREACHABLE)
    client.put()
    del heat.answer
    client.put()
    assert caplog.records
    assert "request-1" in caplog.text
    for place in range(0, len(client.token) - 12, 12):
        assert client.token[place : place + 12] not in caplog.text
    assert "hidden" not in caplog.text


PROGRESS = {"Status": "IN_PROGRESS", "Reason": "copying 40 %"}


def test_progress_reaches_heat_as_such(client: Client, heat: Heat) -> None:
    client.put(PROGRESS)
    assert client.status == 200
    (taken,) = heat.taken
    assert {name: taken[name] for name in PROGRESS} == PROGRESS


def test_progress_that_an_older_plugin_refuses_is_sent_no_second_time(client: Client, heat: Heat) -> None:
    heat.answers = [Signalled(outcome=Outcome.ANSWERED, status=400, detail="<Message>Status is odd\nTraceback")]
    assert "Heat takes no report of progress: Status is odd" in client.put(PROGRESS)
    assert (client.status, len(heat.taken)) == (400, 1)


def figures(client: Client) -> dict[str, float]:
    """Return the series that are not zero, without the histogram's buckets and sums."""
    lines = client.gateway.metrics.exposition().decode().splitlines()
    series = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(text) for name, text in series.items() if float(text) and "_bucket" not in name}


def outcomes(client: Client) -> dict[str, float]:
    name = 'customresource_gateway_answers_total{outcome="'
    return {one.removeprefix(name).removesuffix('"}'): value for one, value in figures(client).items() if name in one}


def test_each_answer_is_counted_by_its_outcome(client: Client, heat: Heat) -> None:
    client.put()
    client.put({"Status": "IN_PROGRESS", "Reason": "copying"})
    client.put(b"broken")
    client.put({**GOOD, "RequestId": "request-2"})
    client.put(b'{"Status"', CONTENT_LENGTH="400")
    client.put(token="no token of ours")
    heat.answer = Signalled(outcome=Outcome.DROPPED)
    client.put()
    heat.answer = Signalled(outcome=Outcome.UNREACHABLE)
    client.put()
    heat.answer = None  # type: ignore[assignment]
    client.put()
    assert outcomes(client) == {
        "taken": 1,
        "progress": 1,
        "refused": 1,
        "ignored": 2,
        "forged": 1,
        "gone": 1,
        "not_yet": 1,
        "error": 1,
    }


def test_what_is_no_answer_is_not_counted(client: Client) -> None:
    client.call("GET", "/healthz")
    client.call("GET", "/elsewhere")
    client.call("DELETE", PATH + client.token)
    assert figures(client) == {}


def test_an_answer_that_the_plugin_refuses_is_counted_as_refused(client: Client, heat: Heat) -> None:
    heat.answers = [Signalled(outcome=Outcome.ANSWERED, status=400, detail="<Message>too deep")]
    client.put()
    assert outcomes(client) == {"refused": 1}


def test_the_time_that_heat_takes_is_counted_and_nothing_of_the_answer_is_shown(heat: Heat) -> None:
    seconds = iter([1.0, 3.5])
    client = client_for(heat)
    client.gateway = replace(client.gateway, monotonic=lambda: next(seconds))
    client.put({**GOOD, "Reason": "reason-of-mine"})
    assert figures(client)['customresource_gateway_heat_seconds_sum{outcome="committed"}'] == 2.5
    text = client.gateway.metrics.exposition().decode()
    assert not any(secret in text for secret in ("hidden", client.token, "reason-of-mine", "arn:", "Dns"))
