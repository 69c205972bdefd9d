"""The error table: every class of error has a row, and the rows say what DESIGN says."""

import inspect
import logging
import math

import pytest

from customresource_bridge import errors
from customresource_bridge.bridge.handling.error_policy import TABLE, MessageFate, is_answered, policy_for

CLASSES = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, Exception)]


@pytest.mark.parametrize("kind", CLASSES)
def test_every_class_of_error_has_a_row(kind: type[errors.CustomResourceError]) -> None:
    assert kind in TABLE


def test_no_row_drops_a_message_in_silence() -> None:
    for kind, policy in TABLE.items():
        kept = policy.message is MessageFate.KEEP
        assert kept == (policy.retry and not policy.answers), kind
        assert policy.retry or policy.answers or policy.message is MessageFate.SET_ASIDE, kind
        assert policy.level >= logging.INFO, kind


def test_what_may_heal_is_tried_again_and_what_will_not_fails() -> None:
    assert policy_for(errors.ServiceUnavailable("Mistral", "start", "busy", status=503)).retry
    assert policy_for(errors.Unauthorized("Keystone", "issue a token", "no", status=401)).retry
    for error in (
        errors.NotFound("Mistral", "start", "Workflow not found", status=404),
        errors.Rejected("Mistral", "start", "Invalid input", status=400),
        errors.Forbidden("Mistral", "start", "policy", status=403),
    ):
        assert is_answered(error, claimed_at=0.0)
        assert policy_for(error).answers
    assert policy_for(errors.RequestError("x", "y", "z")).message is MessageFate.SET_ASIDE


@pytest.mark.parametrize(
    ("claimed_at", "listed_at", "for_good"),
    [
        (100.0, 100.0, False),
        (100.0, 129.9, False),
        (100.0, 130.0, True),
        (100.0, 40.0, False),  # an old list, however long the request has waited: [operator] trusts_stale_after
        (0.0, -math.inf, False),
    ],
)
def test_each_request_gives_its_owner_the_same_time_whatever_was_listed_before(
    claimed_at: float, listed_at: float, for_good: bool
) -> None:
    error = errors.NoTrust("Keystone", "let the bridge act", "none", listed_at=listed_at)
    assert is_answered(error, claimed_at=claimed_at) is for_good
    assert policy_for(error).retry
    assert policy_for(error).answers, "what began before is looked for, since this may be the end"


def test_no_other_error_is_for_want_of_an_owner_s_trust() -> None:
    assert not is_answered(errors.Unauthorized("Keystone", "issue a token", "no"), claimed_at=-1000.0)


def test_an_unknown_child_has_its_parents_policy() -> None:
    class Novelty(errors.ServiceUnavailable):
        pass

    assert policy_for(Novelty("Mistral", "start", "busy")) is TABLE[errors.ServiceUnavailable]
