"""routes: who handles a request, and what is said where nobody does."""

import fnmatch
from dataclasses import replace

import golden
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customresource_bridge.bridge.handling.routes import Route, RoutedWorkflow, Routes
from customresource_bridge.errors import ConfigurationError, ServiceTokenError
from customresource_bridge.protocol import WorkflowCall

CREATE = replace(golden.request("create"), extras=replace(golden.request("create").extras, workflow=None))


def asked(token: str, kind: str = "Custom::Dns") -> object:
    return replace(CREATE, service_token=token, resource_type=kind)


def routes(*lines: str) -> Routes:
    return Routes([Route.parse(line) for line in lines])


def test_a_service_token_names_its_workflow() -> None:
    assert Routes().handler(asked("mistral:dns?namespace=net")) == RoutedWorkflow("dns", "net")  # type: ignore[arg-type]


def test_the_authors_choice_for_the_phase_comes_first() -> None:
    extras = replace(CREATE.extras, workflow=WorkflowCall(name="mine"))
    request = replace(CREATE, service_token="mistral:dns", extras=extras)
    assert Routes().handler(request) == RoutedWorkflow("mine")


@pytest.mark.parametrize(
    ("token", "kind", "workflow"),
    [
        ("arn:aws:lambda:eu:1:function:dns", "Custom::Dns", "exact"),
        ("arn:aws:lambda:eu:1:function:dns", "Custom::Other", "by_token"),
        ("arn:aws:lambda:us:1:function:mail", "Custom::Dns", "by_pattern_and_type"),
        ("arn:aws:lambda:us:1:function:mail", "Custom::Other", "by_pattern"),
        ("", "Custom::Dns", "none_named"),
        ("anything", "Custom::Dns", "by_type"),
        ("anything", "Custom::Else", "rest"),
    ],
)
def test_the_most_specific_route_wins(token: str, kind: str, workflow: str) -> None:
    known = routes(
        "* * rest",
        "* Custom::Dns by_type",
        "- * none_named",
        "arn:aws:lambda:* * by_pattern",
        "arn:aws:lambda:* Custom::Dns by_pattern_and_type",
        "arn:aws:lambda:eu:1:function:dns * by_token",
        "arn:aws:lambda:eu:1:function:dns Custom::Dns exact",
    )
    assert known.handler(asked(token, kind)).workflow == workflow  # type: ignore[arg-type]


def test_brackets_and_question_marks_are_plain_text() -> None:
    with pytest.raises(ServiceTokenError):
        routes("a[bc] * x").handler(asked("ab"))  # type: ignore[arg-type]


def test_no_route_says_what_was_looked_for() -> None:
    with pytest.raises(ServiceTokenError, match=r"'nobody'.*'Custom::Dns'"):
        Routes().handler(asked("nobody"))  # type: ignore[arg-type]
    with pytest.raises(ServiceTokenError, match="no ServiceToken"):
        Routes().handler(asked(""))  # type: ignore[arg-type]


@pytest.mark.parametrize("token", ["zaqar:mine", "mistral:", "zaqar:"])
def test_a_token_that_is_not_the_bridges_is_refused(token: str) -> None:
    with pytest.raises(ServiceTokenError):
        routes("* * rest").handler(asked(token))  # type: ignore[arg-type]


def test_only_allowed_workflows_are_started_however_they_were_chosen() -> None:
    strict = Routes([Route.parse("* * evil")], allowed=["dns_*", "mail"])
    assert strict.handler(asked("mistral:dns_a")).workflow == "dns_a"  # type: ignore[arg-type]
    for token in ("mistral:evil", "mistral:mail2", "mistral:xdns_", "any"):
        with pytest.raises(ServiceTokenError, match="may not start"):
            strict.handler(asked(token))  # type: ignore[arg-type]


@pytest.mark.parametrize("line", ["", "a", "a b", "a b c d", "* * mistral:", "* * dns?nope=1"])
def test_a_line_that_is_no_route_is_named(line: str) -> None:
    with pytest.raises(ConfigurationError, match=r"\[routes\] route"):
        Route.parse(line)


@given(pattern=st.text("ab*", max_size=8), text=st.text("ab\n", max_size=8))
def test_a_star_is_any_text(pattern: str, text: str) -> None:
    route = Route(pattern, "*", RoutedWorkflow("w"))
    assert route.matches(asked(text or "-")) == fnmatch.fnmatchcase(text or "-", pattern)  # type: ignore[arg-type]
