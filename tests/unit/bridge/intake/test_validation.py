"""admit: what is ours is handled, what is genuine but broken is answered, all else is refused; nothing crashes it."""

import copy
import json
from datetime import timedelta
from typing import Any

import golden
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from customresource_bridge.bridge.intake.validation import Unreadable, admit
from customresource_bridge.protocol import Request, RequestError, Secret
from customresource_bridge.protocol.crypto.signature import signed
from customresource_bridge.protocol.stack_id import StackId

BODY = golden.request_body("create")
STACK = StackId.parse(BODY["StackId"])
NOW = golden.request("create").extras.deadline - timedelta(seconds=60)
PLACE: Any = {"queue": STACK.queue, "project_id": STACK.project_id, "now": NOW}
KEYS = [Secret("new key"), Secret("old key")]


def test_a_good_one_is_a_request() -> None:
    assert admit(BODY, **PLACE) == golden.request("create")


@pytest.mark.parametrize("missing", ["RequestType", "ResourceType", "ResourceProperties", "OpenStack"])
def test_a_broken_one_in_its_place_is_answered(missing: str) -> None:
    body = {key: value for key, value in BODY.items() if key != missing}
    found = admit(body, **PLACE)
    assert isinstance(found, Unreadable)
    assert missing in found.response.reason
    assert found.response.identity.request_id == BODY["RequestId"]
    assert found.response_url.reveal() == BODY["ResponseURL"]


@pytest.mark.parametrize("missing", ["StackId", "RequestId", "LogicalResourceId", "ResponseURL"])
def test_one_that_nobody_can_answer_is_refused(missing: str) -> None:
    with pytest.raises(RequestError, match=missing):
        admit({key: value for key, value in BODY.items() if key != missing}, **PLACE)


@pytest.mark.parametrize("field", ["StackId", "RequestId", "LogicalResourceId", "ResponseURL"])
@pytest.mark.parametrize("keys", [(), KEYS])
def test_one_whose_ids_cannot_be_encoded_is_refused_with_the_field(field: str, keys: Any) -> None:
    body = {**BODY, field: f"{BODY[field]}\ud800"}
    with pytest.raises(RequestError, match=f"{field} holds half of a surrogate pair"):
        admit(signed(body, keys), **PLACE, keys=keys)


@pytest.mark.parametrize("field", ["ResourceType", "ServiceToken", "PhysicalResourceId", "ResourceProperties"])
def test_one_that_cannot_be_encoded_elsewhere_is_answered(field: str) -> None:
    body = {**golden.request_body("delete"), field: "\ud800"}
    found = admit(body, **PLACE)
    assert isinstance(found, Unreadable)
    assert "lone surrogate" in found.response.reason


def test_another_projects_is_refused() -> None:
    with pytest.raises(RequestError, match="StackId is of another project"):
        admit(BODY, queue=STACK.queue, project_id="another", now=NOW)
    body = copy.deepcopy(BODY)
    body["OpenStack"]["ProjectId"] = "another"
    with pytest.raises(RequestError, match="ProjectId"):
        admit(body, **PLACE)


def test_another_stacks_is_refused() -> None:
    with pytest.raises(RequestError, match="another stack"):
        admit(BODY, queue="heat-cr-11111111-1111-4111-8111-111111111111", project_id=STACK.project_id, now=NOW)


def test_one_that_would_wait_for_ever_is_answered() -> None:
    body = copy.deepcopy(BODY)
    body["OpenStack"]["Deadline"] = "9999-01-01T00:00:00+00:00"
    found = admit(body, **PLACE)
    assert isinstance(found, Unreadable)
    assert "Deadline is too far away" in found.response.reason


@pytest.mark.parametrize("key", KEYS)
def test_a_signed_one_is_taken_with_any_known_key(key: Secret) -> None:
    assert isinstance(admit(signed(BODY, [key]), **PLACE, keys=KEYS), Request)


def test_an_unsigned_one_is_refused_where_there_is_a_key() -> None:
    with pytest.raises(RequestError, match=r"OpenStack\.Signature is missing"):
        admit(BODY, **PLACE, keys=KEYS)


def test_a_strangers_signature_is_refused() -> None:
    with pytest.raises(RequestError, match="not known"):
        admit(signed(BODY, [Secret("a stranger's")]), **PLACE, keys=KEYS)


def test_a_signature_without_a_key_here_is_no_harm() -> None:
    assert isinstance(admit(signed(BODY, KEYS), **PLACE), Request)


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at] * bool(at) + [path for key, child in items for path in paths(child, (*at, key))]


SIGNED = signed(BODY, KEYS)


@given(path=st.sampled_from(paths(SIGNED)), value=golden.json_values)
def test_whatever_is_changed_in_a_signed_one_is_noticed(path: tuple[Any, ...], value: Any) -> None:
    body = copy.deepcopy(SIGNED)
    place = body
    for step in path[:-1]:
        place = place[step]
    if json.dumps(place[path[-1]]) == json.dumps(value):
        return
    place[path[-1]] = value
    with pytest.raises(RequestError):
        admit(body, **PLACE, keys=KEYS)


@given(path=st.sampled_from(paths(SIGNED)), name=golden.texts, value=golden.json_values)
def test_whatever_is_added_to_a_signed_one_is_noticed(path: tuple[Any, ...], name: str, value: Any) -> None:
    body = copy.deepcopy(SIGNED)
    place = body
    for step in path[:-1]:
        place = place[step]
    if not isinstance(place, dict) or name in place or place is body["OpenStack"]["Signature"]:
        return
    place[name] = value
    with pytest.raises(RequestError):
        admit(body, **PLACE, keys=KEYS)


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@given(body=golden.json_values | st.builds(lambda base, more: {**base, **more}, st.just(BODY), golden.objects))
@example(body={**BODY, "RequestId": "\ud800"})
@example(body={**BODY, "ResourceProperties": {"big": "x" * 300_000}})
@example(body={**BODY, "ResourceProperties": {"big": "x" * 600_000}})
@example(body={**BODY, "OpenStack": {"Version": 1, "ProjectId": STACK.project_id, "Deadline": "9" * 400}})
@pytest.mark.parametrize("keys", [(), KEYS])
def test_whatever_comes_it_is_a_request_an_answer_or_refused(body: Any, keys: Any) -> None:
    try:
        found = admit(body, **PLACE, keys=keys)
    except RequestError:
        return
    assert isinstance(found, Request | Unreadable)


@pytest.mark.parametrize("body", [deep(5000), {**BODY, "ResourceProperties": deep(5000)}], ids=["all", "within"])
@pytest.mark.parametrize("keys", [(), KEYS])
def test_one_that_nests_too_deeply_is_refused(body: Any, keys: Any) -> None:
    with pytest.raises(RequestError):
        admit(body, **PLACE, keys=keys)


@given(body=st.fixed_dictionaries(dict.fromkeys(BODY, golden.json_values)))
def test_no_field_can_be_of_a_type_that_crashes_it(body: Any) -> None:
    mixed = {**BODY, **dict(list(body.items())[::2])}
    try:
        admit({**mixed, "StackId": BODY["StackId"]}, **PLACE)
    except RequestError:
        return


@given(arn=st.text(max_size=200) | st.from_regex(r"arn:openstack:heat::[^\n]{0,40}:stacks/[^\n]{0,20}/[0-9a-f-]{36}"))
def test_a_stack_id_is_an_arn_or_refused(arn: str) -> None:
    try:
        stack = StackId.parse(arn)
    except RequestError:
        return
    assert stack.uuid in arn
    assert "/" not in stack.project_id
