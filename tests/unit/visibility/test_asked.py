from datetime import timedelta
from typing import Any

import golden
import pytest
from hypothesis import given
from hypothesis import strategies as st
from visibility_parts import NOW, PROJECT, STACK, body, execution, request_id, resource

from customresource_bridge.visibility.asked import found_among, of_body, of_execution, shown_handler


def test_a_message_says_which_stack_resource_and_handler_it_is_about() -> None:
    asked = of_body(body())
    assert asked is not None
    assert (asked.stack_id, asked.stack_name, asked.project_id) == (STACK, "hello", PROJECT)
    assert (asked.resource, asked.resource_type, asked.handler) == ("greeting", "Custom::Greeting", "mistral:greet")
    assert asked.deadline == NOW + timedelta(seconds=3000)


def test_an_execution_is_known_by_its_input() -> None:
    seen = execution(body())
    asked = of_execution(seen, {})
    assert asked is not None
    assert (asked.resource, asked.request_id, asked.execution_id) == ("greeting", body()["RequestId"], seen.id)


def test_an_execution_with_its_author_s_own_input_is_known_by_the_message_whose_id_it_has() -> None:
    seen = execution(body(), input={"zone": "example.org"}, description="made by me")
    message = of_body(body())
    assert message is not None
    assert of_execution(seen, {}) is None
    found = of_execution(seen, {message.execution_id: message})
    assert found is not None
    assert found.resource == "greeting"


def test_an_execution_with_its_author_s_own_input_says_its_request_in_its_description() -> None:
    asked = of_execution(execution(body(), input={"zone": "example.org"}), {})
    assert asked is not None
    assert (asked.request_id, asked.request_type) == (request_id(f"{STACK}/greeting"), "Create")
    assert (asked.resource, asked.stack_name) == ("greeting", "hello")


@pytest.mark.parametrize("description", ["", "heat-cr Create x of y in z", "my Create x", "nightly backup"])
def test_another_workflow_s_execution_is_none_of_ours(description: str) -> None:
    assert (
        of_execution(
            execution(body(), input={"host": "db"}, description=description, id="8c1f5e0a-1111-4222-8333-444455556666"),
            {},
        )
        is None
    )


def test_a_request_s_input_in_a_workflow_that_a_user_started_makes_no_request_of_it() -> None:
    assert of_execution(execution(body(), id="8c1f5e0a-1111-4222-8333-444455556666"), {}) is None


def test_a_delete_may_have_the_id_of_the_request_that_it_puts_an_end_to() -> None:
    create, delete = body(), body(phase="Delete")
    delete["OpenStack"] |= {"PreviousRequestId": create["RequestId"]}
    asked = of_execution(execution(delete, id=execution(create).id), {})
    assert asked is not None
    assert (asked.request_type, asked.execution_id) == ("Delete", execution(create).id)


def test_whose_an_execution_is_its_project_tells_and_not_its_input() -> None:
    asked = of_execution(execution(body(), project_id="b" * 32), {})
    assert asked is not None
    assert asked.project_id == "b" * 32


def test_of_an_author_s_own_input_the_id_tells_the_resource() -> None:
    seen = execution(body(), input={"zone": "example.org"})
    asked = of_execution(seen, {})
    assert asked is not None
    found = found_among(asked, seen, [resource("other"), resource()])
    assert (found.stack_id, found.resource, found.stack_name) == (STACK, "greeting", "hello")
    assert found_among(asked, seen, [resource("other")]) == asked


def test_a_pre_signed_queue_s_signature_is_not_shown() -> None:
    assert shown_handler("zaqar:work?project=p&signature=of-mine&expires=1") == "zaqar:work"


@given(golden.json_values | st.dictionaries(st.sampled_from(sorted(body())), golden.json_values))
def test_whatever_a_message_holds_is_read_or_is_no_request(value: Any) -> None:
    for given_ in (value, body() | value if isinstance(value, dict) else value):
        asked = of_body(given_)
        assert asked is None or (asked.request_id + asked.handler + asked.stack_name).isprintable()
