import json
from typing import Any

import golden
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customresource_bridge.protocol import Identity, Response, ResponseError, Status, limits

GOLDEN = sorted((golden.DATA / "responses").glob("*.json"))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_what_handlers_in_the_wild_send(path: Any) -> None:
    case = json.loads(path.read_text())
    for body in (case["body"], json.dumps(case["body"]), json.dumps(case["body"]).encode()):
        response = Response.parse(body, golden.IDENTITY)
        assert response.identity == golden.IDENTITY
        assert {
            "status": str(response.status),
            "reason": response.reason,
            "physical_resource_id": response.physical_resource_id,
            "no_echo": response.no_echo,
            "data": response.data,
        } == case["parsed"]


@given(
    st.builds(
        Response,
        status=st.sampled_from(Status),
        identity=st.builds(Identity, stack_id=golden.names, request_id=golden.names, logical_resource_id=golden.names),
        reason=golden.names.map(str.strip),
        physical_resource_id=st.none() | golden.names,
        no_echo=st.booleans(),
        data=golden.objects,
    )
)
def test_whatever_is_put_is_read_as_it_was(response: Response) -> None:
    assert Response.parse(json.dumps(response.to_dict()), response.identity) == response


@pytest.mark.parametrize("field", ["StackId", "RequestId", "LogicalResourceId"])
@pytest.mark.parametrize("wrong", ["another", 0, [], {}])
def test_an_answer_to_another_request_is_refused(field: str, wrong: Any) -> None:
    with pytest.raises(ResponseError) as caught:
        Response.parse({"Status": "SUCCESS", field: wrong}, golden.IDENTITY)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("status", "shown"),
    [(None, "is missing"), ("OK", "'OK'"), ("success", "'success'"), (True, "a boolean"), ("x" * 500, "'" + "x" * 40)],
)
def test_a_wrong_status_is_shown_in_short(status: Any, shown: str) -> None:
    with pytest.raises(ResponseError, match="send SUCCESS or FAILED") as caught:
        Response.parse({"Status": status}, golden.IDENTITY)
    assert shown in str(caught.value)
    assert len(str(caught.value)) < 120


@pytest.mark.parametrize("no_echo", ["yes", 1, 0, [], {}])
def test_an_unclear_no_echo_is_refused_since_it_decides_what_is_shown(no_echo: Any) -> None:
    with pytest.raises(ResponseError, match=r"^NoEcho is a"):
        Response.parse({"Status": "SUCCESS", "NoEcho": no_echo}, golden.IDENTITY)


@pytest.mark.parametrize("data", ["text", [], 7, True])
def test_data_is_an_object(data: Any) -> None:
    with pytest.raises(ResponseError, match=r"^Data is "):
        Response.parse({"Status": "SUCCESS", "Data": data}, golden.IDENTITY)


@pytest.mark.parametrize("physical", [7, ["id"], "x" * 1025, "é" * 513])
def test_a_physical_id_is_a_text_up_to_a_kilobyte(physical: Any) -> None:
    with pytest.raises(ResponseError, match=r"^PhysicalResourceId "):
        Response.parse({"Status": "SUCCESS", "PhysicalResourceId": physical}, golden.IDENTITY)
    assert Response.parse({"Status": "SUCCESS", "PhysicalResourceId": "é" * 512}, golden.IDENTITY)


@pytest.mark.parametrize("physical", [None, "", "  "])
def test_a_missing_physical_id_is_left_to_whoever_accepts_the_response(physical: Any) -> None:
    parsed = Response.parse({"Status": "SUCCESS", "PhysicalResourceId": physical}, golden.IDENTITY)
    assert parsed.physical_resource_id is None


@pytest.mark.parametrize(
    "wrong", [{"Data": "quota"}, {"Data": [1]}, {"NoEcho": "yes"}, {"PhysicalResourceId": 7, "Data": 7}]
)
def test_a_failure_keeps_its_reason_whatever_stands_beside_it(wrong: dict[str, Any]) -> None:
    parsed = Response.parse({"Status": "FAILED", "Reason": "no quota", **wrong}, golden.IDENTITY)
    assert (parsed.reason, parsed.physical_resource_id, parsed.data) == ("no quota", None, {})


def test_a_failure_with_an_unclear_no_echo_hides_its_data() -> None:
    body = {"Status": "FAILED", "NoEcho": "yes", "PhysicalResourceId": "x", "Data": {"a": "b"}}
    parsed = Response.parse(body, golden.IDENTITY)
    assert (parsed.no_echo, parsed.physical_resource_id, parsed.data) == (True, "x", {"a": "b"})


@pytest.mark.parametrize(("reason", "read"), [({"Code": "Zoë"}, '{"Code": "Zoë"}'), (["a"], '["a"]'), (7, "7")])
def test_a_reason_that_is_no_text_is_shown_as_it_came(reason: Any, read: str) -> None:
    assert Response.parse({"Status": "FAILED", "Reason": reason}, golden.IDENTITY).reason == read


def test_a_long_reason_is_cut_not_refused() -> None:
    parsed = Response.parse({"Status": "FAILED", "Reason": "disk full " * 5000}, golden.IDENTITY)
    assert len(parsed.reason) == limits.MAX_REASON_CHARACTERS
    assert parsed.reason.startswith("disk full")
    assert parsed.reason.endswith("…")


@given(golden.texts)
def test_a_failure_always_has_a_reason(reason: str) -> None:
    assert Response.failed(golden.IDENTITY, reason).reason.strip()
    assert Response.parse({"Status": "FAILED", "Reason": reason}, golden.IDENTITY).reason.strip()


def test_the_limit_and_the_size_are_said() -> None:
    body = json.dumps({"Status": "SUCCESS", "Data": {"a": "x" * limits.MAX_RESPONSE_BYTES}}).encode()
    for sent in (body, json.loads(body)):
        with pytest.raises(ResponseError, match=f"has {len(body)} bytes: the limit is {limits.MAX_RESPONSE_BYTES}"):
            Response.parse(sent, golden.IDENTITY)


def test_the_body_that_just_fits_is_taken() -> None:
    empty = len(json.dumps({"Status": "SUCCESS", "Data": {"a": ""}}))
    body = {"Status": "SUCCESS", "Data": {"a": "x" * (limits.MAX_RESPONSE_BYTES - empty)}}
    for sent in (body, json.dumps(body)):
        assert Response.parse(sent, golden.IDENTITY).data == body["Data"]


@pytest.mark.parametrize("cut", [1, 10, 30])
def test_a_body_cut_short_is_a_clear_error(cut: int) -> None:
    body = json.dumps({"Status": "SUCCESS", "Data": {"Name": "Zoë"}}, ensure_ascii=False).encode()
    with pytest.raises(ResponseError, match=r"^The response is not valid JSON \("):
        Response.parse(body[:-cut], golden.IDENTITY)


@given(golden.json_values)
def test_hostile_json_raises_nothing_else(value: Any) -> None:
    with pytest.raises(ResponseError):
        Response.parse(value, golden.IDENTITY)


@given(st.binary(max_size=60))
def test_hostile_bytes_raise_nothing_else(body: bytes) -> None:
    with pytest.raises(ResponseError):
        Response.parse(body, golden.IDENTITY)


def test_a_byte_order_mark_does_no_harm() -> None:
    assert Response.parse(b"\xef\xbb\xbf" + b'{"Status": "SUCCESS"}', golden.IDENTITY).status is Status.SUCCESS


def test_data_is_not_in_a_repr_nor_in_an_error() -> None:
    response = Response.parse({"Status": "SUCCESS", "NoEcho": True, "Data": {"Password": "s3cr3t"}}, golden.IDENTITY)
    assert "s3cr3t" not in repr(response)
    with pytest.raises(ResponseError) as caught:
        Response.parse('{"Status": "SUCCESS", "Data": {"Password": "s3cr3t"', golden.IDENTITY)
    assert "s3cr3t" not in str(caught.value)
