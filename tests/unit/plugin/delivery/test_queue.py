"""What a request that is posted brings along, and whether it is too large for that."""

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from oslo_config import cfg
from plugin_parts import NOW, pending

from customresource_bridge.clients.zaqar.zaqar import Zaqar
from customresource_bridge.plugin import options
from customresource_bridge.plugin.delivery import queue
from customresource_bridge.plugin.delivery.request import problem
from customresource_bridge.plugin.lifecycle.spec import Spec
from customresource_bridge.plugin.lifecycle.state import Pending, State
from customresource_bridge.protocol import Identity, RequestError, RequestType, Secret, ids
from customresource_bridge.protocol.crypto.sealed import PATH, Keyring, new_key
from customresource_bridge.protocol.crypto.signature import verify
from customresource_bridge.protocol.limits import MAX_REQUEST_BYTES

REF: Any = SimpleNamespace(
    stack_uuid="s",
    stack_id="arn:openstack:heat::p:stacks/s/1",
    project_id="p",
    name="r",
    arn_path="/arn",
    cfn_url=lambda: "http://heat:8000/v1",
    identity=lambda request_id: Identity(stack_id="s", request_id=request_id, logical_resource_id="r"),
)


def brought_along(*previous: str) -> Any:
    given = replace(pending(request_type=RequestType.DELETE), physical_resource_id="id-1", previous=previous)
    return queue._with_previous(REF, given, queue._request(REF, given))


def test_a_request_that_ends_another_says_where_that_ones_outcome_is_told_and_since_when_it_waits() -> None:
    request = brought_along("before")
    assert request.extras.asked_at == pending().asked_at
    assert request.extras.previous_request_id == "before"
    assert request.extras.previous_response_url.reveal().startswith("http://heat:8000/v1/waitcondition/arn?")


def test_each_request_that_one_ends_comes_with_where_its_outcome_is_told() -> None:
    extras = brought_along("d", "c").extras
    assert extras.previous == ("d", "c")
    for url in (extras.previous_response_url, extras.earlier[0].response_url):
        assert url.reveal().startswith("http://heat:8000/v1/waitcondition/arn?")


def test_any_other_request_says_nothing_of_the_kind() -> None:
    extras = brought_along().extras
    assert (extras.previous_response_url, extras.earlier, extras.asked_at) == (None, (), None)


@pytest.fixture
def _keys() -> Iterator[None]:
    options.register(cfg.CONF)
    cfg.CONF.set_override("signature_keys", ["k"], "custom_resource")
    yield
    cfg.CONF.clear_override("signature_keys", "custom_resource")


def asked(request_type: RequestType, size: int, *, token: str = "mistral:w") -> Pending:
    spec = Spec(resource_type="T", service_token=token, properties={"x": "y" * size})
    return replace(pending(request_type=request_type), spec=spec, physical_resource_id="id-1")


class Posts:
    """A Zaqar that notes how large each post is."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def request(self, path: str, _method: str, *, data: str, **_more: Any) -> Any:
        if path.endswith(f"{ids.stack_queue('s')}/messages"):
            self.sizes.append(len(data.encode()))
        return SimpleNamespace(status_code=201, text='{"resources": ["/m/1"]}', headers={})


@pytest.mark.usefixtures("_keys")
def test_what_passes_is_never_larger_as_a_post_than_zaqar_takes() -> None:
    seen = Posts()
    ref = SimpleNamespace(**{**vars(REF), "zaqar": lambda: Zaqar(seen)})
    for room in range(700, 1000):
        delete = replace(asked(RequestType.DELETE, MAX_REQUEST_BYTES - room), previous=("before",))
        passes = queue.check(ref, delete) is None
        queue._post(ref, delete)
        assert passes is (seen.sizes[-1] <= MAX_REQUEST_BYTES - 3), "three digits more than this ttl has"
    assert min(seen.sizes) < MAX_REQUEST_BYTES - 3 < max(seen.sizes)


def test_nothing_is_made_whose_delete_would_be_too_large() -> None:
    size = MAX_REQUEST_BYTES - 3000
    assert queue.check(REF, asked(RequestType.DELETE, size)) is None
    said = queue.check(REF, asked(RequestType.CREATE, size))
    assert said is not None
    assert said.startswith("The Delete of what it makes has ")


@pytest.mark.parametrize("name", ["..", ".", "%2e%2e", "..%5Cb", "%252e%252e"])
def test_a_resource_that_no_url_can_name_counts_as_never_sent(name: str) -> None:
    ref = SimpleNamespace(**{**vars(REF), "arn_path": f"/arn%3Aopenstack%3Aheat%3A%3Ap%3Astacks/s/1/resources/{name}"})
    for kind in (RequestType.CREATE, RequestType.DELETE):
        assert "No ResponseURL can name the resource" in str(queue.check(ref, asked(kind, 1)))


@pytest.mark.usefixtures("_keys")
def test_an_outside_provider_is_sent_no_signature() -> None:
    given = asked(RequestType.DELETE, 1, token="zaqar:q")
    assert "Signature" not in queue._message(REF, given)["OpenStack"]
    assert "Signature" in queue._message(REF, asked(RequestType.DELETE, 1))["OpenStack"]


@pytest.fixture
def _operated(_keys: None) -> Iterator[None]:
    cfg.CONF.set_override("bridge_user_id", "bridge", "custom_resource")
    yield
    cfg.CONF.clear_override("bridge_user_id", "custom_resource")


@pytest.mark.usefixtures("_operated")
def test_the_cloud_s_bridge_is_told_under_the_signature_whose_stack_it_is_and_an_outside_provider_is_not() -> None:
    given = asked(RequestType.DELETE, 1)
    message = queue._message(REF, given, owner_id="alice")
    assert message["OpenStack"]["OwnerId"] == "alice"
    verify(message, [Secret("k")])
    message["OpenStack"]["OwnerId"] = "bob"
    with pytest.raises(RequestError, match="does not fit the request"):
        verify(message, [Secret("k")])
    assert (
        "OwnerId"
        not in queue._message(REF, asked(RequestType.DELETE, 1, token="zaqar:q"), owner_id="alice")["OpenStack"]
    )


@pytest.mark.usefixtures("_operated")
def test_a_request_that_would_be_too_large_with_its_owner_is_not_sent() -> None:
    def fits(room: int) -> bool:
        return queue.check(REF, asked(RequestType.DELETE, MAX_REQUEST_BYTES - room)) is None

    for room in range(400, 1000):
        if fits(room):
            message = queue._message(REF, asked(RequestType.DELETE, MAX_REQUEST_BYTES - room), owner_id="f" * 64)
            assert problem(message, what="It") is None
            return
    raise AssertionError("none fits")


@pytest.fixture
def _over_bus() -> Iterator[None]:
    options.register(cfg.CONF)
    key = new_key()
    chosen = {"answers_over_bus": "on", "gateway_url": "https://answer.example", "gateway_keys": [key.reveal()]}
    for name, value in chosen.items():
        cfg.CONF.set_override(name, value, "custom_resource")
    yield
    for name in chosen:
        cfg.CONF.clear_override(name, "custom_resource")


@pytest.mark.usefixtures("_over_bus")
def test_where_answers_come_over_the_bus_a_request_has_no_signer_and_its_url_none_of_heat_s() -> None:
    def needs_none(_ref: Any) -> None:
        raise AssertionError("a signer was made")

    seen = Posts()
    ref: Any = SimpleNamespace(**{**vars(REF), "zaqar": lambda: Zaqar(seen)})
    queue.send(ref, asked(RequestType.CREATE, 1), State(), ensure_signer=needs_none)
    url = queue._url(ref, "r", pending().deadline).reveal()
    keyring = Keyring([Secret(cfg.CONF.custom_resource.gateway_keys[0])])
    opened = keyring.open(url.removeprefix(f"https://answer.example{PATH}"), now=NOW)
    assert (len(seen.sizes), opened.url, opened.identity.request_id) == (1, None, "r")
