"""What each kind of body means for the handler, and for Heat."""

import gzip
import json
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customresource_bridge.gateway.body import Body
from customresource_bridge.gateway.judge import Judgement, judge, judged, refused_by_heat
from customresource_bridge.protocol import Identity, Response, Status
from customresource_bridge.protocol.answers.progress import Progress
from customresource_bridge.protocol.answers.reader import HandlerAnswer

IDENTITY = Identity(stack_id="arn:stack", request_id="request-1", logical_resource_id="Dns")
IDS = {"StackId": "arn:stack", "RequestId": "request-1", "LogicalResourceId": "Dns"}
LIMIT = 1000


def verdict(raw: bytes | dict[str, Any], *, cut: bool = False, size: int | None = None) -> Judgement:
    raw = raw if isinstance(raw, bytes) else json.dumps(raw).encode()
    return judge(Body(raw=raw, size=len(raw) if size is None else size, cut=cut), IDENTITY, limit=LIMIT)


def reason(given: Judgement) -> str:
    response = forwarded(given)
    assert response.status is Status.FAILED
    return response.reason


def forwarded(given: Judgement) -> Response:
    assert isinstance(given.forward, HandlerAnswer)
    return given.forward.response()


def test_a_success_goes_on_as_it_is() -> None:
    given = verdict({**IDS, "Status": "SUCCESS", "PhysicalResourceId": "x", "Data": {"A": [1]}})
    assert given.status is HTTPStatus.OK
    assert given.text == "OK"
    assert (forwarded(given).physical_resource_id, forwarded(given).data) == ("x", {"A": [1]})


def test_progress_goes_on_as_it_is_and_is_no_outcome() -> None:
    given = verdict({**IDS, "Status": "IN_PROGRESS", "Reason": "copying 40 %"})
    assert (given.status, given.text) == (HTTPStatus.OK, "OK")
    assert given.forward == Progress(identity=IDENTITY, reason="copying 40 %")


def test_broken_progress_is_handled_as_any_broken_answer() -> None:
    raw = json.dumps({**IDS, "Status": "IN_PROGRESS"}).encode()
    assert verdict(raw[:-1], cut=True).forward is None
    assert verdict({**IDS, "RequestId": "another", "Status": "IN_PROGRESS"}).status is HTTPStatus.CONFLICT


def test_a_failure_keeps_its_own_reason() -> None:
    given = verdict({**IDS, "Status": "FAILED", "Reason": "no quota"})
    assert (given.status, reason(given)) == (HTTPStatus.OK, "no quota")


def test_ids_left_out_are_those_of_the_url() -> None:
    assert forwarded(verdict({"Status": "SUCCESS"})).identity == IDENTITY


@pytest.mark.parametrize(
    ("raw", "named"),
    [
        (b'{"Status": "SUCC', "not valid JSON"),
        (b"", "has no body"),
        (b"\xff\xfe{}", "not valid JSON"),
        (b"\x1f\x8bbroken", "not valid JSON"),
        (b"Status=SUCCESS&Data=x", "is a form: send one complete JSON object"),
        (b'["SUCCESS"]', "a list"),
        (b'{"Status": "DONE"}', "Status is 'DONE'"),
        (b"{}", "Status is missing"),
        (b'{"Status": "SUCCESS", "Data": "text"}', "Data is a string"),
        (b'{"Status": "SUCCESS", "NoEcho": 7}', "NoEcho is a number"),
        (b'{"Status": "SUCCESS", "Status": "FAILED"}', "Status appears twice"),
        (b'{"Status": "SUCCESS", "Data": {"a": 1, "a": 2}}', "Data appears twice, or has a key twice"),
        (b'{"Status": "SUCCESS", "Data": {"a": NaN}}', "NaN"),
        (b'{"Status": "SUCCESS", "PhysicalResourceId": ["x"]}', "PhysicalResourceId is a list"),
    ],
)
def test_what_the_handler_would_send_again_is_refused_and_fails_the_resource(raw: bytes, named: str) -> None:
    given = verdict(raw)
    assert given.status is HTTPStatus.BAD_REQUEST
    assert named in given.text
    assert named in reason(given)


@pytest.mark.parametrize(
    "raw",
    [
        b'\xef\xbb\xbf{"Status": "SUCCESS", "PhysicalResourceId": "gr\xc3\xb6\xc3\x9fe"}',
        '{"Status": "SUCCESS", "PhysicalResourceId": "größe"}'.encode("latin-1"),
        '{"Status": "SUCCESS", "PhysicalResourceId": "größe"}'.encode("utf-16"),
        gzip.compress('{"Status": "SUCCESS", "PhysicalResourceId": "größe"}'.encode()),
        json.dumps('{"Status": "SUCCESS", "PhysicalResourceId": "größe"}').encode(),
        quote('{"Status": "SUCCESS", "PhysicalResourceId": "größe"}').encode(),
    ],
)
def test_a_body_that_is_packed_or_encoded_otherwise_is_read(raw: bytes) -> None:
    given = verdict(raw)
    assert given.status is HTTPStatus.OK
    assert forwarded(given).physical_resource_id == "größe"


@pytest.mark.parametrize("wrong", [{"Data": "text"}, {"Status": "DONE"}, {"Data": {"x": "y" * LIMIT}}])
def test_what_is_refused_is_forwarded_with_its_id_and_its_reason(wrong: dict[str, Any]) -> None:
    given = verdict({"PhysicalResourceId": "vm-1", "Reason": "half", "Status": "SUCCESS", **wrong})
    assert given.status >= HTTPStatus.BAD_REQUEST
    assert forwarded(given).physical_resource_id == "vm-1"
    assert reason(given).startswith("half (The handler's answer was refused: ")


def test_what_heat_refuses_fails_with_its_id_and_why() -> None:
    given = verdict({"PhysicalResourceId": "vm-1", "Status": "SUCCESS", "Data": {"a": 1}})
    assert given.forward is not None
    refused = refused_by_heat("it has 5 bytes too many", given.forward)
    assert (refused.response().physical_resource_id, refused.response().data) == ("vm-1", {})
    assert "Heat does not take the response: it has 5 bytes too many" in judged(refused).text


def test_too_large_names_the_limit_and_the_size_to_both() -> None:
    given = verdict(b"x" * (LIMIT + 1), size=70_000)
    assert given.status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    for text in (given.text, reason(given)):
        assert "70000 bytes" in text
        assert "1000 bytes" in text


def test_a_body_of_which_the_server_read_nothing_names_the_limit_too() -> None:
    given = verdict(b"", size=50_000_000)
    assert given.status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert "1000 bytes" in reason(given)


def test_what_the_connection_cut_is_only_refused() -> None:
    given = verdict(b'{"Status": "SUCC', cut=True)
    assert (given.status, given.forward) == (HTTPStatus.BAD_REQUEST, None)
    assert "cut short" in given.text


def test_a_whole_object_under_too_large_a_length_counts() -> None:
    given = verdict({"Status": "SUCCESS"}, cut=True)
    assert given.status is HTTPStatus.OK
    assert given.forward is not None


@pytest.mark.parametrize("field", ["StackId", "RequestId", "LogicalResourceId"])
def test_an_answer_to_another_request_is_only_refused(field: str) -> None:
    given = verdict({**IDS, "RequestId": "request-2", field: "another", "Status": "SUCCESS"})
    assert (given.status, given.forward) == (HTTPStatus.CONFLICT, None)


@pytest.mark.parametrize("field", ["StackId", "LogicalResourceId"])
def test_another_id_beside_this_request_s_own_fails_it(field: str) -> None:
    given = verdict({**IDS, field: "another", "Status": "SUCCESS"})
    assert given.status is HTTPStatus.BAD_REQUEST
    assert field in reason(given)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)
FIELDS = ["Status", "Reason", "PhysicalResourceId", "StackId", "RequestId", "LogicalResourceId", "NoEcho", "Data"]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no finding
@given(st.dictionaries(st.sampled_from(FIELDS), JSON | st.sampled_from(["SUCCESS", "FAILED", "request-1"])))
def test_any_object_is_judged_and_what_is_forwarded_is_valid(source: dict[str, Any]) -> None:
    check(verdict(source))


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_judged(raw: bytes, cut: bool) -> None:
    check(verdict(raw, cut=cut))


@given(st.integers(0, 80))
def test_every_cut_of_a_good_answer_fails_with_a_reason(keep: int) -> None:
    whole = json.dumps({**IDS, "Status": "SUCCESS", "Data": {"Name": "Grüße"}}, ensure_ascii=False).encode()
    assert "is not valid JSON" in reason(verdict(whole[: max(1, min(keep, len(whole) - 1))]))


def check(given: Judgement) -> None:
    assert given.status == HTTPStatus.OK or HTTPStatus.BAD_REQUEST <= given.status < HTTPStatus.INTERNAL_SERVER_ERROR
    assert given.text
    if given.forward is not None:
        again = json.dumps(given.forward.to_dict()).encode()
        assert judge(Body(raw=again, size=len(again)), IDENTITY, limit=LIMIT * 100).status is HTTPStatus.OK
    else:
        assert given.status != HTTPStatus.OK
