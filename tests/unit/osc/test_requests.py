import csv
import io
import json

import pytest
import yaml
from osc_lib import exceptions
from osc_parts import told
from visibility_parts import SeenCloud, body, event, execution, resource

from customresource_bridge.clients.mistral.reader import TaskSummary
from customresource_bridge.osc.requests import ListRequests, ShowRequest


@pytest.fixture
def cloud() -> SeenCloud:
    made = SeenCloud()
    failed = resource("failing", status="CREATE_FAILED", reason="Nobody to\ngreet")
    made.stack("CREATE_IN_PROGRESS", resource(), failed)
    ended = execution(body("failing"), "ERROR", began=120, state_info="Nobody to greet")
    made.mistral.made = [execution(body()), ended]
    made.mistral.done = [TaskSummary(id="t", execution_id=ended.id, name="send", state="ERROR", workflow_name="greet")]
    made.heat.told = [event("failing", "CREATE_FAILED", "Nobody to greet", at=100)]
    return made


def test_each_request_is_a_row_and_the_oldest_is_first(cloud: SeenCloud) -> None:
    lines = told(ListRequests, cloud).splitlines()
    assert [word.strip() for word in lines[1].strip("|").split("|")] == [
        "Stack",
        "Resource",
        "Phase",
        "Stage",
        "Age",
        "Deadline In",
        "Handler",
        "Execution",
        "Reason",
    ]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[3:5]]
    assert [cell[:7] for cell in cells] == [
        ["hello", "failing", "Create", "failed", "2m 0s", "-", "mistral:greet"],
        ["hello", "greeting", "Create", "running", "1m 0s", "50m 0s", "mistral:greet"],
    ]
    assert cells[0][8] == "Nobody to greet"


@pytest.mark.parametrize("words", [["--failed"], ["--in-flight"], ["--stack", "hello", "--failed"]])
def test_a_machine_reads_the_same_in_each_format(cloud: SeenCloud, words: list[str]) -> None:
    as_json = json.loads(told(ListRequests, cloud, *words, "-f", "json"))
    assert yaml.safe_load(told(ListRequests, cloud, *words, "-f", "yaml")) == as_json
    (row,) = csv.DictReader(io.StringIO(told(ListRequests, cloud, *words, "-f", "csv")))
    assert (row["Resource"], row["Age"]) == (as_json[0]["Resource"], str(as_json[0]["Age"]))
    value = told(ListRequests, cloud, *words, "-f", "value", "-c", "Resource")
    assert value.strip() == as_json[0]["Resource"]


def test_a_reason_of_many_lines_is_in_its_lines_where_a_row_may_have_them_and_in_one_elsewhere() -> None:
    cloud, reason = SeenCloud(), "Nobody to greet:\n  no Name\n\n  no Greeting"
    cloud.stack("CREATE_FAILED", *(resource(name, status="CREATE_FAILED", reason=reason) for name in ("a", "b")))
    (row, _) = json.loads(told(ListRequests, cloud, "-f", "json"))
    assert row["Reason"] == reason
    assert yaml.safe_load(told(ListRequests, cloud, "-f", "yaml"))[0]["Reason"] == reason
    values = told(ListRequests, cloud, "-f", "value", "-c", "Resource", "-c", "Reason", "--sort-column", "Age")
    joined = reason.replace("\n", " ")
    assert values.splitlines() == [f"a {joined}", f"b {joined}"]
    _, *lines = told(ListRequests, cloud, "-f", "csv").splitlines()
    assert [line.endswith(f'"{joined}"') for line in lines] == [True, True]
    shown = told(ShowRequest, cloud, "hello", "a", "-f", "value", "-c", "reason")
    assert shown == f"{reason}\n"


def test_where_there_is_none_it_says_so_to_a_person_and_gives_a_machine_an_empty_list() -> None:
    assert told(ListRequests, SeenCloud()) == "none\n"
    assert json.loads(told(ListRequests, SeenCloud(), "-f", "json")) == []


def test_more_columns_are_there_for_who_wants_them(cloud: SeenCloud) -> None:
    (row,) = json.loads(told(ListRequests, cloud, "--in-flight", "--long", "-f", "json"))
    assert (row["Request ID"], row["Project"]) == (body()["RequestId"], "a" * 32)


def test_an_operator_is_told_what_is_not_shown(cloud: SeenCloud, caplog: pytest.LogCaptureFixture) -> None:
    cloud.heat.global_index = False
    assert "greeting" in told(ListRequests, cloud, "--all-projects")
    assert "stacks:global_index" in caplog.text


def test_a_failed_request_is_shown_with_the_task_that_failed(cloud: SeenCloud) -> None:
    shown = json.loads(told(ShowRequest, cloud, "hello", "failing", "-f", "json"))
    assert (shown["stage"], shown["failed_task"], shown["reason"]) == ("failed", "greet/send", "Nobody to\ngreet")
    assert [step["service"] for step in shown["steps"]] == ["Mistral", "Mistral", "Heat", "Mistral"]
    assert "failing CREATE_FAILED: Nobody to greet" in told(ShowRequest, cloud, "hello", "failing")


def test_a_request_id_is_enough(cloud: SeenCloud) -> None:
    shown = json.loads(told(ShowRequest, cloud, body()["RequestId"], "-f", "json"))
    assert (shown["resource"], shown["deadline_in"]) == ("greeting", 3000)


def test_what_is_not_there_is_an_error_in_one_line(cloud: SeenCloud) -> None:
    with pytest.raises(exceptions.CommandError, match="none is named 'nowhere'"):
        told(ShowRequest, cloud, "nowhere", "greeting")


def test_nothing_secret_is_printed(cloud: SeenCloud) -> None:
    for said in (told(ListRequests, cloud, "--long"), told(ShowRequest, cloud, "hello", "greeting")):
        assert "of-mine" not in said
