"""One reader for all answers: what each slip means, and that nothing that was said is lost by it."""

import json
from typing import Any

import golden
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customresource_bridge.protocol import Identity, RequestType, Response, ResponseError, Status, limits
from customresource_bridge.protocol.answers.reader import HandlerAnswer, read_body, read_value

GOLDEN = sorted((golden.DATA / "responses").glob("*.json"))
LIMIT = limits.MAX_RESPONSE_BYTES
DELETE = RequestType.DELETE


def body(raw: bytes | str | dict[str, Any], *, limit: int = LIMIT, size: int | None = None) -> HandlerAnswer:
    raw = json.dumps(raw) if isinstance(raw, dict) else raw
    return read_body(raw.encode() if isinstance(raw, str) else raw, golden.IDENTITY, limit=limit, size=size)


def value(source: Any) -> HandlerAnswer:
    return read_value(source, golden.IDENTITY)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_what_handlers_in_the_wild_send(path: Any) -> None:
    case = json.loads(path.read_text())
    for answer in (value(case["body"]), body(case["body"])):
        response = answer.response()
        assert response.identity == golden.IDENTITY
        assert {
            "status": str(response.status),
            "reason": response.reason,
            "physical_resource_id": response.physical_resource_id,
            "no_echo": response.no_echo,
            "data": response.data,
        } == case["parsed"]


RESPONSES = st.builds(
    Response,
    status=st.sampled_from(Status),
    identity=st.builds(Identity, stack_id=golden.names, request_id=golden.names, logical_resource_id=golden.names),
    reason=golden.names.map(str.strip),
    physical_resource_id=st.none() | golden.names,
    no_echo=st.booleans(),
    data=golden.objects,
)


@given(RESPONSES)
def test_whatever_is_put_is_read_as_it_was(response: Response) -> None:
    raw = json.dumps(response.to_dict()).encode()
    answer = read_body(raw, response.identity, limit=LIMIT)
    assert answer.response() == response
    assert not answer.advice


# A refused answer keeps its id and its Reason.


@pytest.mark.parametrize(
    "wrong",
    [
        {"Data": ["x"]},
        {"Data": "10.0.0.5"},
        {"NoEcho": "perhaps"},
        {"Status": "DONE"},
        {"StackId": "another"},
        {"Data": {"deep": json.loads("[" * 80 + "]" * 80)}},
    ],
)
def test_a_refused_answer_keeps_its_id_and_says_what_is_wrong_beside_its_reason(wrong: dict[str, Any]) -> None:
    source = {
        "Status": "SUCCESS",
        "RequestId": golden.IDENTITY.request_id,
        "PhysicalResourceId": "vm-1",
        "Reason": "half",
        **wrong,
    }
    for answer in (value(source), body(source)):
        response = answer.response()
        assert (response.status, response.physical_resource_id) == (Status.FAILED, "vm-1")
        assert response.reason.startswith("half (The handler's answer was refused: ")
        assert next(iter(wrong)) in response.reason


@pytest.mark.parametrize(
    "raw",
    [
        b'{"PhysicalResourceId": "vm-1", "Status": "SUCCESS", "Data": {"a": NaN}}',
        b'{"PhysicalResourceId": "vm-1", "Status": "SUCCESS", "Data": {"a": 1, "a": 2}}',
        b'{"PhysicalResourceId": "vm-1", "Status": "SUCCESS", "Status": "FAILED"}',
        b'{"PhysicalResourceId": "vm-1", "Status": "SUCCESS", "Data": {\'a\': None}}',
        b'{"Status": "SUCCESS", "Data": undefined, "PhysicalResourceId": "vm-1"}',
        b'{"Status": "SUCCESS", "PhysicalResourceId": "vm-1", "Data": {"Name": "Zo',
        b'{"Status": "SUCCESS", "PhysicalResourceId": "vm-1"} and more',
        b'{"Status": "SUCCESS", "PhysicalResourceId": "vm-1",}',
        b'{"Status": "SUCCESS", "Data": ' + b"[" * 3000 + b"]" * 3000 + b', "PhysicalResourceId": "vm-1"}',
        b"Status=SUCCESS&PhysicalResourceId=vm-1&Data=x",
        b"{'Status': 'SUCCESS', 'PhysicalResourceId': 'vm-1', 'Data': {'a': None}}",
    ],
)
def test_a_body_that_is_broken_keeps_its_id(raw: bytes) -> None:
    response = body(raw).response()
    assert (response.status, response.physical_resource_id) == (Status.FAILED, "vm-1")
    assert "was refused" in response.reason


def test_a_body_over_the_limit_keeps_the_id_and_the_reason_that_its_beginning_names() -> None:
    raw = json.dumps({"PhysicalResourceId": "vm-1", "Reason": "made", "Status": "SUCCESS", "Data": {"a": "x" * 900}})
    response = body(raw[:501].encode(), limit=500, size=len(raw)).response()
    assert (response.status, response.physical_resource_id) == (Status.FAILED, "vm-1")
    assert response.reason == (
        f"made (The handler's answer was refused: The response has {len(raw)} bytes: the limit is 500 bytes)"
    )
    decoded = read_value(json.loads(raw), golden.IDENTITY, limit=500)
    assert (decoded.response().physical_resource_id, decoded.response().data) == ("vm-1", {})


def test_the_body_that_just_fits_is_taken() -> None:
    empty = len(json.dumps({"Status": "SUCCESS", "Data": {"a": ""}}))
    source = {"Status": "SUCCESS", "Data": {"a": "x" * (LIMIT - empty)}}
    for answer in (value(source), body(source)):
        assert answer.response().data == source["Data"]


def test_an_id_that_was_cut_is_no_id_and_a_reason_that_was_cut_is_one() -> None:
    assert body(b'{"Status": "FAILED", "PhysicalResourceId": "vm-1').physical_resource_id is None
    assert body('{"Status": "FAILED", "Reason": "no quota for größe'.encode()[:-2]).reason == "no quota for grö"


# A failure keeps its Reason.


@pytest.mark.parametrize(
    "wrong", [{"Data": "quota"}, {"Data": [1]}, {"NoEcho": "yes"}, {"PhysicalResourceId": [7], "Data": 7}]
)
def test_a_failure_keeps_its_reason_whatever_stands_beside_it(wrong: dict[str, Any]) -> None:
    response = value({"Status": "FAILED", "Reason": "no quota", **wrong}).response()
    assert (response.reason, response.physical_resource_id, response.data) == ("no quota", None, {})


def test_half_an_emoji_does_not_hide_the_reason() -> None:
    raw = b'{"Status":"FAILED","Reason":"Quota of 5 exceeded \\ud83d","PhysicalResourceId":"thing-1"}'
    for answer in (body(raw), value(json.loads(raw))):
        response = answer.response()
        assert (response.reason, response.physical_resource_id) == ("Quota of 5 exceeded \ufffd", "thing-1")
        assert not answer.problems


def test_half_an_emoji_in_data_or_id_is_replaced_and_a_whole_one_stays() -> None:
    response = body(b'{"Status":"SUCCESS","PhysicalResourceId":"a\\udc00","Data":{"x":"\\ud83d","y":"\\ud83d\\ude00"}}')
    assert response.response().data == {"x": "\ufffd", "y": "😀"}
    assert response.physical_resource_id == "a\ufffd"


def test_a_failure_with_an_unclear_no_echo_hides_its_data() -> None:
    response = value({"Status": "FAILED", "NoEcho": "yes", "PhysicalResourceId": "x", "Data": {"a": "b"}}).response()
    assert (response.no_echo, response.physical_resource_id, response.data) == (True, "x", {"a": "b"})


@pytest.mark.parametrize(("reason", "read"), [({"Code": "Zoë"}, '{"Code": "Zoë"}'), (["a"], '["a"]'), (7, "7")])
def test_a_reason_that_is_no_text_is_shown_as_it_came(reason: Any, read: str) -> None:
    assert value({"Status": "FAILED", "Reason": reason}).response().reason == read


# For a Delete and a Check only Status and Reason count.


@pytest.mark.parametrize(
    "beside",
    [
        {"Data": "done"},
        {"NoEcho": "perhaps"},
        {"PhysicalResourceId": ["x"]},
        {"PhysicalResourceId": "x" * 2000},
        {"Data": {"x": "y" * LIMIT}},
        {"LogicalResourceId": "another", "RequestId": golden.IDENTITY.request_id},
    ],
)
@pytest.mark.parametrize("kind", [DELETE, RequestType.CHECK])
def test_a_delete_or_check_that_succeeded_has_succeeded_whatever_stands_beside(
    kind: RequestType, beside: dict[str, Any]
) -> None:
    answer = value({"Status": "SUCCESS", **beside})
    assert answer.response().status is Status.FAILED
    assert answer.response(kind).status is Status.SUCCESS


def test_a_delete_that_failed_keeps_its_reason_and_one_without_a_status_fails() -> None:
    assert value({"Status": "FAILED", "Reason": "in use", "Data": 7}).response(DELETE).reason == "in use"
    unclear = value({"Status": "GONE", "Reason": "was not there"}).response(DELETE)
    assert (unclear.status, unclear.reason.startswith("was not there (")) == (Status.FAILED, True)
    assert "Status is 'GONE': send SUCCESS or FAILED" in unclear.reason


@pytest.mark.parametrize("kind", RequestType)
def test_what_heat_is_told_of_a_refused_answer_is_judged_there_by_the_request(kind: RequestType) -> None:
    source = {"Status": "SUCCESS", "Reason": "gone", "PhysicalResourceId": "vm-1", "Data": "done"}
    told = value(source).to_dict()
    assert (told["Status"], told["PhysicalResourceId"]) == ("FAILED", "vm-1")
    heard = value(json.loads(json.dumps(told)))
    assert heard.response(kind) == value(source).response(kind)
    assert not heard.is_flawless


# What is clear is taken as it is meant.


@pytest.mark.parametrize(
    "key", ["physicalResourceId", "PhysicalResourceID", "physical_resource_id", "PHYSICALRESOURCEID"]
)
def test_keys_in_other_letters_are_what_they_mean(key: str) -> None:
    answer = value({"status": "SUCCESS", key: "vm-1", "data": {"a": 1}, "reason": "ok", "noEcho": True})
    response = answer.response()
    assert (response.physical_resource_id, response.data, response.reason, response.no_echo) == (
        "vm-1",
        {"a": 1},
        "ok",
        True,
    )
    assert f"{key} is taken for PhysicalResourceId" in answer.advice


def test_the_exact_spelling_counts_before_any_other() -> None:
    answer = value({"physicalresourceid": "a", "PhysicalResourceId": "b", "Status": "SUCCESS", "status": "x"})
    assert answer.response().physical_resource_id == "b"
    assert (
        value({"PhysicalResourceId": "b", "physicalresourceid": "a", "Status": "SUCCESS"}).physical_resource_id == "b"
    )


@pytest.mark.parametrize(
    ("given_status", "meant"),
    [
        ("Success", Status.SUCCESS),
        (" success\n", Status.SUCCESS),
        ("FAILURE", Status.FAILED),
        ("Failed", Status.FAILED),
        ("failed", Status.FAILED),
    ],
)
def test_a_status_in_other_letters_is_what_it_means(given_status: str, meant: Status) -> None:
    response = value({"Status": given_status, "Reason": "said"}).response()
    assert (response.status, response.reason) == (meant, "said")


@pytest.mark.parametrize(
    ("status", "shown"),
    [(None, "is missing"), ("OK", "'OK'"), (True, "a boolean"), ("x" * 500, "'" + "x" * 40), ("\x1b[31m", r"\x1b")],
)
def test_a_status_that_is_not_clear_is_shown_in_short(status: Any, shown: str) -> None:
    problem = value({"Status": status}).problem
    assert "send SUCCESS or FAILED" in problem
    assert shown in problem
    assert len(problem) < 120


@pytest.mark.parametrize(("physical", "text"), [(7, "7"), (0, "0"), (7.5, "7.5"), (10**30, "1" + "0" * 30)])
def test_a_number_as_an_id_is_its_text(physical: Any, text: str) -> None:
    assert value({"Status": "SUCCESS", "PhysicalResourceId": physical}).response().physical_resource_id == text


@pytest.mark.parametrize("physical", [["id"], {"a": 1}, True, "x" * 1025, "é" * 513, 10**2000])
def test_an_id_that_nobody_could_send_back_is_a_problem(physical: Any) -> None:
    answer = value({"Status": "SUCCESS", "PhysicalResourceId": physical})
    assert answer.problem.startswith("PhysicalResourceId ")
    assert answer.response().status is Status.FAILED


@pytest.mark.parametrize("physical", [None, "", "  "])
def test_an_id_that_is_missing_is_none(physical: Any) -> None:
    assert value({"Status": "SUCCESS", "PhysicalResourceId": physical}).response().physical_resource_id is None
    assert value({"Status": "SUCCESS", "PhysicalResourceId": "é" * 512}).response().status is Status.SUCCESS


@pytest.mark.parametrize("no_echo", ["yes", 1, 0, [], {}])
def test_an_unclear_no_echo_is_refused_since_it_decides_what_is_shown(no_echo: Any) -> None:
    answer = value({"Status": "SUCCESS", "NoEcho": no_echo, "Data": {"a": 1}})
    assert answer.problem.startswith("NoEcho is a")
    assert answer.response().data == {}


# Whom an answer is for.


@pytest.mark.parametrize("name", ["StackId", "RequestId", "LogicalResourceId"])
@pytest.mark.parametrize("wrong", ["another", 0, [], {}])
def test_an_answer_to_another_request_is_known_as_one(name: str, wrong: Any) -> None:
    answer = value({"Status": "SUCCESS", name: wrong})
    assert answer.for_another
    assert answer.problem.startswith(f"{name} is not that of the request")


def test_with_its_own_request_id_it_is_this_request_s_answer_and_wrong() -> None:
    answer = value({"Status": "SUCCESS", "RequestId": golden.IDENTITY.request_id, "StackId": "another"})
    assert not answer.for_another
    assert answer.response().status is Status.FAILED


# Nothing that comes raises, and no named id is lost.


@given(golden.json_values)
def test_a_value_of_any_shape_is_read(source: Any) -> None:
    check(value(source))


@given(st.binary(max_size=80))
def test_bytes_of_any_kind_are_read(raw: bytes) -> None:
    check(body(raw))


KEYS = st.sampled_from(["Status", "Reason", "NoEcho", "Data", "physical_resource_id", "OpenStack", "x"]) | st.text(
    max_size=4
)
VALUES = golden.json_values | st.sampled_from(["SUCCESS", "Failed", {"Said": {"Status": "SUCCESS"}}, float("nan")])
IDS = st.text(min_size=1, max_size=20).filter(lambda text: text.strip() and text.isprintable())


@given(st.lists(st.tuples(KEYS, VALUES), max_size=5), IDS, st.integers(0, 5), st.sampled_from(RequestType))
def test_an_object_that_names_an_id_keeps_it(pairs: Any, physical: str, place: int, kind: RequestType) -> None:
    members = [f"{json.dumps(key)}: {json.dumps(item)}" for key, item in pairs]
    members.insert(place, f'"PhysicalResourceId": {json.dumps(physical)}')
    answer = body("{" + ", ".join(members) + "}")
    check(answer)
    assert answer.response(kind).physical_resource_id == physical


BROKEN = st.sampled_from(["undefined", "{'a': 1}", "[1, 2", "'x'", "NaN,", "{", '{"a":', "<xml/>", "tru", "\\"])


@given(st.lists(BROKEN, max_size=3), IDS, st.booleans())
def test_a_broken_body_that_names_an_id_first_keeps_it(values: list[str], physical: str, shut: bool) -> None:
    members = [f'"PhysicalResourceId": {json.dumps(physical)}', *(f'"k{i}": {text}' for i, text in enumerate(values))]
    answer = body("{" + ", ".join(members) + ("}" if shut else ""))
    check(answer)
    assert answer.physical_resource_id == physical


@given(st.integers(1, 300))
def test_a_body_that_is_cut_anywhere_is_read_as_far_as_it_came(kept: int) -> None:
    whole = json.dumps(
        {"PhysicalResourceId": "vm-größe", "Status": "FAILED", "Reason": "no\n\\ud83d quota", "Data": {"a": [1]}},
        ensure_ascii=False,
    ).encode()
    answer = body(whole[: min(kept, len(whole) - 1)])
    check(answer)
    if kept > len(b'{"PhysicalResourceId": "vm-gr__e", "'):
        assert answer.physical_resource_id == "vm-größe"


def check(answer: HandlerAnswer) -> None:
    assert all(isinstance(problem, ResponseError) for problem in answer.problems)
    for kind in (None, *RequestType):
        response = answer.response(kind)
        sent = json.dumps(response.to_dict(), ensure_ascii=False, allow_nan=False).encode()
        again = read_body(sent, golden.IDENTITY, limit=LIMIT).response(kind)
        assert again == response
        assert response.status is Status.SUCCESS or response.reason.strip()


def test_data_is_not_in_a_repr_nor_in_a_problem() -> None:
    answer = body(b'{"Status": "SUCCESS", "NoEcho": true, "Data": {"Password": "s3cr3t"')
    assert "s3cr3t" not in repr(answer)
    assert "s3cr3t" not in answer.problem
    assert "s3cr3t" not in repr(value({"Status": "SUCCESS", "Data": {"Password": "s3cr3t"}}))


def test_what_fits_as_it_was_sent_is_not_too_large() -> None:
    raw = json.dumps({"Status": "SUCCESS", "Data": {"ports": [1] * 100}}, separators=(",", ":"))
    assert body(raw, limit=len(raw)).problem == ""
    assert read_value(json.loads(raw), golden.IDENTITY, limit=len(raw)).problem == ""
    assert "the limit is" in read_value(json.loads(raw), golden.IDENTITY, limit=len(raw) - 1).problem


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-1e99999", "1" * 5000])
def test_what_is_no_finite_number_is_no_id(number: str) -> None:
    answer = body(f'{{"Status": "FAILED", "Reason": "no quota", "PhysicalResourceId": {number}}}')
    assert (answer.physical_resource_id, answer.response().reason) == (None, "no quota")
    assert answer.problems


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 10**4000])
def test_what_is_no_finite_number_is_no_id_of_a_function_either(number: float) -> None:
    answer = value({"Status": "SUCCESS", "PhysicalResourceId": number})
    assert (answer.physical_resource_id, "PhysicalResourceId is " in answer.problem) == (None, True)


@pytest.mark.parametrize("odd", ["\ud800", "\x1b", "\n", "\u202e", "\u2028"])
@pytest.mark.parametrize("name", ["Status", "PhysicalResourceId", "NoEcho", "Data", "RequestId"])
def test_no_key_of_an_answer_is_unprintable_in_what_is_said_of_it(name: str, odd: str) -> None:
    answer = body({f"{name[:2]}{odd}{name[2:]}": ["wrong"]})
    assert " ".join([answer.problem, *answer.advice]).isprintable()
