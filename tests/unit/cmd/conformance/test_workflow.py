"""A workflow's executions are what the bridge would make of them."""

from collections.abc import Callable
from typing import Any

import pytest

from customresource_bridge.cmd.conformance.exchange import LocalHeat
from customresource_bridge.cmd.conformance.rules import Verdict, judge_all
from customresource_bridge.cmd.conformance.scenario import Scenario, ScenarioSettings
from customresource_bridge.cmd.conformance.workflow import executed
from customresource_bridge.protocol import Secret
from customresource_bridge.provider.ending import Broke, Returned
from customresource_bridge.testing import FakeMistral, a_request

CREATE = a_request("Create", properties={"Name": "one"})
End = Callable[[FakeMistral, str], None]


class Cloud:
    """Mistral, which ends an execution as told while its end is waited for; a second passes with each look."""

    def __init__(self, end: End = lambda _mistral, _key: None) -> None:
        self.mistral = FakeMistral({"greet": frozenset({"request"}), "other": frozenset({"name"})})
        self.now = 0.0
        self._end = end

    def sleep(self, _seconds: float) -> None:
        self.now += 1
        self._end(self.mistral, self.mistral.begun[-1])

    def run(self, workflow: str = "greet") -> Any:
        return executed(self.mistral, workflow, sleep=self.sleep, monotonic=lambda: self.now)


def test_its_output_is_the_answer_and_each_delivery_an_execution() -> None:
    cloud = Cloud(lambda mistral, key: mistral.end(key, "SUCCESS", output={"data": {"Text": "hello"}}))
    for _ in range(2):
        ending = cloud.run()(CREATE.to_dict(), 5.0)
        assert isinstance(ending, Returned)
        assert (ending.value["Status"], ending.value["Data"]) == ("SUCCESS", {"Text": "hello"})
    first, second = (cloud.mistral.executions[key] for key in cloud.mistral.begun)
    assert first.input == second.input
    assert "ResponseURL" not in first.input["request"]
    assert first.description == "customresource-bridge conformance"


def test_what_it_fails_for_is_the_reason() -> None:
    cloud = Cloud(lambda mistral, key: mistral.end(key, "ERROR", state_info="Nobody to greet"))
    ending = cloud.run()(CREATE.to_dict(), 5.0)
    assert (ending.value["Status"], ending.value["Reason"]) == ("FAILED", "Nobody to greet")


def test_one_that_does_not_end_is_cancelled() -> None:
    cloud = Cloud()
    ending = cloud.run()(CREATE.to_dict(), 5.0)
    (execution,) = cloud.mistral.executions.values()
    assert isinstance(ending, Broke)
    assert "did not end within 5 seconds" in ending.reason
    assert execution.id in ending.reason
    assert execution.state == "CANCELLED"


def test_an_input_that_it_does_not_take_is_told() -> None:
    ending = Cloud().run("other")(CREATE.to_dict(), 5.0)
    assert ending == Broke("The workflow could not be started: Invalid input")


def test_an_execution_that_is_gone_is_no_answer() -> None:
    cloud = Cloud(lambda mistral, _key: mistral.executions.clear())
    assert cloud.run()(CREATE.to_dict(), 5.0) == Broke("The execution is gone")


def greet(*, bears_deletes: bool) -> End:
    def end(mistral: FakeMistral, key: str) -> None:
        request = mistral.executions[key].input["request"]
        nameless = not request["ResourceProperties"].get("Name")
        if nameless and not (bears_deletes and request["RequestType"] == "Delete"):
            mistral.end(key, "ERROR", state_info="Nobody to greet")
        else:
            mistral.end(key, "SUCCESS", output={"physical_resource_id": "greeting", "data": {"A": {"nested": 1}}})

    return end


@pytest.mark.parametrize("bears_deletes", [True, False])
def test_a_first_handler_that_leaves_stacks_behind_is_found(bears_deletes: bool) -> None:
    settings = ScenarioSettings(
        resource_type="Custom::Greeting",
        service_token="mistral:greet",
        properties={"Name": "one"},
        changed={"Name": "two"},
        refused={},
        seconds=5,
    )
    cloud = Cloud(greet(bears_deletes=bears_deletes))
    scenario = Scenario(
        settings, run=cloud.run(), heat=LocalHeat(), make_url=lambda _: Secret("none"), now=CREATE.extras.deadline
    )
    findings = judge_all(scenario.play(), is_workflow=True)
    broken = {finding.rule: finding.detail for finding in findings if finding.verdict is Verdict.BROKEN}
    assert broken == ({} if bears_deletes else {"delete-after-failure": "Delete after it: Nobody to greet"})
    assert not [finding for finding in findings if finding.verdict is Verdict.ADVICE]
    assert {"put", "gives-id", "flat-data"}.isdisjoint(finding.rule for finding in findings)
