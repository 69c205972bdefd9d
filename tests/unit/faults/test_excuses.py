"""The fault suite's checker can fail: what nobody else did is not excused."""

import pytest
from faults.excuses import Happened, Ran, UnexcusedError, excuse, excuse_clean_up
from faults.traffic import Nudge

CREATE = {"RequestId": "r-1", "RequestType": "Create", "LogicalResourceId": "R0"}
SILENT = "mistral:record did not respond within 75 seconds (execution: e-1) (RequestId: r-1)"
UNHEARD = "No answer to the Create request from mistral:record within 75 seconds (ServiceTimeout) (RequestId: r-1)"
STATE_INFO = "the handler's own words"


def nudge(status: str, *resources: tuple[str, str, str], reason: str = "") -> Nudge:
    return Nudge("CREATE", status, reason, began=100.0, at=300.0, resources=list(resources))


def ran(state: str, *, ended: float = 200.0, said: str | None = None) -> list[Ran]:
    return [Ran("x", state, CREATE, began=120.0, ended=ended, said=said)]


def fault(name: str, began: float = 119.0, ended: float = 140.0) -> list[Happened]:
    return [Happened(name, began, ended)]


def taken(*kinds: str, began: float = 119.0, gone: float = 120.0, ended: float = 290.0) -> list[Happened]:
    """One of several of each of these kinds."""
    return [Happened("host 1 killed", began, ended, frozenset(kinds), gone)]


FAILED = nudge("CREATE_FAILED", ("R0", "CREATE_FAILED", SILENT))
FORGOTTEN = nudge("CREATE_IN_PROGRESS", ("R0", "CREATE_IN_PROGRESS", ""))
WORDS = nudge("CREATE_FAILED", ("R0", "CREATE_FAILED", f"ResourceFailure: {STATE_INFO}"))
ENDED = ("R1", "UPDATE_FAILED", "The stack's update ended before this was answered. The next one goes on.")
BOTH = nudge(
    "UPDATE_FAILED", ENDED, ("R0", "UPDATE_FAILED", STATE_INFO), reason=f"Resource UPDATE failed: {STATE_INFO}"
)
HEATS = Nudge("CREATE", "CREATE_FAILED", "Engine went down during stack CREATE", began=100.0, at=200.0, resources=[])
LATE = Nudge("CREATE", "CREATE_FAILED", "Engine went down during stack CREATE", began=100.0, at=300.0, resources=[])
OURS = Nudge("CREATE", "CREATE_FAILED", "Keystone did not answer (RequestId: r-1)", began=100.0, at=200.0, resources=[])


@pytest.mark.parametrize(
    ("case", "executions", "happened"),
    [
        (FAILED, ran("CANCELLED"), fault("mistral-server killed")),
        (FAILED, ran("CANCELLED"), fault("rabbitmq restarted", 104.0, 112.0)),
        (FAILED, ran("SUCCESS"), fault("heat-api-cfn killed", 110.0, 190.0)),
        (WORDS, ran("ERROR", said=STATE_INFO), fault("keystone killed")),
        (BOTH, ran("ERROR", said=STATE_INFO), fault("keystone killed")),
        (HEATS, [], fault("heat-engine killed")),
        (FORGOTTEN, [], fault("heat-engine killed")),
        (FORGOTTEN, ran("SUCCESS", ended=118.0), fault("heat-engine killed")),
        (FORGOTTEN, ran("CANCELLED") + ran("SUCCESS", ended=290.0), fault("mariadb restarted")),
        # One of several, while another took its place.
        (FAILED, ran("CANCELLED"), taken("bridge", "mistral-server")),
        (HEATS, [], taken("heat-engine")),
        (FORGOTTEN, ran("SUCCESS", ended=130.0), taken("heat-engine", began=125.0, gone=150.0)),
    ],
)
def test_what_others_did_is_excused(case: Nudge, executions: list[Ran], happened: list[Happened]) -> None:
    assert excuse(case, executions, happened)


@pytest.mark.parametrize(
    ("case", "executions", "happened"),
    [
        # Nothing ran: the request was lost, whatever was killed.
        (FAILED, [], fault("mistral-server killed")),
        (FAILED, [], fault("bridge killed", 100.0, 300.0)),
        # It ran, and the answer was lost.
        (FAILED, ran("SUCCESS"), fault("mistral-server killed")),
        (nudge("CREATE_FAILED", ("R0", "CREATE_FAILED", UNHEARD)), ran("SUCCESS"), fault("heat-engine killed")),
        # It did not end, and nothing of Mistral's was broken, or long before.
        (FAILED, ran("CANCELLED"), fault("heat-engine killed")),
        (FAILED, ran("CANCELLED"), fault("mistral-server killed", 20.0, 50.0)),
        (FAILED, ran("CANCELLED"), fault("rabbitmq restarted", 101.0, 109.0)),
        (WORDS, ran("ERROR", said=STATE_INFO), fault("bridge killed")),
        # Words that are neither Heat's nor an execution's.
        (WORDS, ran("SUCCESS"), fault("heat-engine killed")),
        (HEATS, [], fault("bridge killed")),
        # It failed with its stack, and who failed first is not excused, or not to be found.
        (BOTH, ran("ERROR", said=STATE_INFO), fault("bridge killed")),
        (nudge("UPDATE_FAILED", ENDED, reason="Resource UPDATE failed"), [], fault("heat-engine killed")),
        # Heat waits for an answer that there was.
        (FORGOTTEN, ran("SUCCESS"), fault("heat-engine killed")),
        (FORGOTTEN, ran("CANCELLED") + ran("SUCCESS"), fault("heat-engine killed")),
        (FORGOTTEN, [], []),
        # Heat tells of it long after the trouble, or the plugin does.
        (LATE, [], fault("heat-engine killed")),
        (OURS, [], fault("keystone killed")),
        # It ended before the trouble.
        (FAILED, ran("CANCELLED", ended=118.0), fault("mistral-server killed")),
        # A host without a part of Mistral's, and a database and a broker that nobody used.
        (FAILED, ran("CANCELLED"), taken("bridge", "redis")),
        (HEATS, [], taken("bridge", "redis", "mistral-server")),
        # Others had its place by then.
        (FAILED, ran("CANCELLED"), taken("mistral-server", began=20.0, gone=21.0)),
        (HEATS, [], taken("heat-engine", began=20.0, gone=21.0)),
        # Whoever waits for an answer has the other of the two.
        (FAILED, [], taken("heat-api-cfn", "gateway", "keystone")),
        (FAILED, ran("SUCCESS"), taken("heat-api-cfn", "gateway", "keystone")),
    ],
)
def test_what_nobody_else_did_is_not(case: Nudge, executions: list[Ran], happened: list[Happened]) -> None:
    with pytest.raises(UnexcusedError):
        excuse(case, executions, happened)


def test_a_clean_up_that_a_broken_mistral_did_not_go_on_with_is_excused_and_no_other() -> None:
    (delete,) = ran("CANCELLED")
    assert "mistral-server killed" in excuse_clean_up(delete, fault("mistral-server killed"))
    for happened in (fault("heat-api-cfn killed"), fault("mistral-server killed", 20.0, 40.0), []):
        with pytest.raises(UnexcusedError):
            excuse_clean_up(delete, happened)
