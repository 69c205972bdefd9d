from pathlib import Path

import pytest
from bench.many import SHAPES, Took, table
from bench.profile import spent, statements
from bench.profile.calls import AccessLogs, Call, Cost, pattern, read, together
from bench.profile.tables import Life, by_call, by_database, by_service
from bench.sizing import NOTHING, WAYS, first_table, sizing

STACK = "7abf29bf-762f-42cd-a1a8-7e013b36b454"
PROJECT = "d3f77a13efcf479bba30ff21f10b43e1"
TOKENS, CLAIM = Call("keystone", "GET /v3/auth/tokens"), Call("zaqar", "POST /v2/queues/heat-cr-bell/claims")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v3/auth/tokens", "/v3/auth/tokens"),
        ("/v2/queues/heat-cr-bell/claims", "/v2/queues/heat-cr-bell/claims"),
        (f"/v2/queues/heat-cr-{STACK}/messages", "/v2/queues/heat-cr-{id}/messages"),
        (f"/v1/{PROJECT}/stacks/bench-12345678/{STACK}", "/v1/{id}/stacks/{name}/{id}"),
        (
            f"/v1/waitcondition/arn:openstack:heat::{PROJECT}:stacks/bench-1/{STACK}/resources/thing",
            "/v1/waitcondition/{arn}",
        ),
        ("/v2/workflows/bench_custom", "/v2/workflows/bench_custom"),
    ],
)
def test_a_call_has_one_name_whatever_the_stack(path: str, name: str) -> None:
    assert pattern(path) == name


def test_calls_are_counted_among_other_lines() -> None:
    text = (
        "GET /v3/auth/tokens -> 200 in 12 ms, 3922 bytes, pid 1929\n"
        "2026-11-29 12:00:00.000 17 INFO keystone GET /v3/auth/tokens -> 200 in 99 ms, of another kind\n"
        "GET /v3/auth/tokens -> 404 in 5 ms, 100 bytes, pid 1930\n"
    )
    assert read("keystone", text) == {TOKENS: Cost(2, 17)}


def test_what_was_logged_before_is_not_counted(tmp_path: Path) -> None:
    log = tmp_path / "keystone.log"
    log.write_text("GET /v3/auth/tokens -> 200 in 12 ms, 1 bytes, pid 1\n")
    logs = AccessLogs(tmp_path)
    with log.open("a") as more:
        more.write("GET /v3/auth/tokens -> 200 in 3 ms, 1 bytes, pid 1\n")
    assert logs.since() == {TOKENS: Cost(1, 3)}


def test_calls_of_several_are_added() -> None:
    assert together([{TOKENS: Cost(1, 2)}, {TOKENS: Cost(2, 3), CLAIM: Cost(1, 1)}]) == {
        TOKENS: Cost(3, 5),
        CLAIM: Cost(1, 1),
    }


def test_what_a_service_spent_before_it_was_started_anew_is_not_taken_off() -> None:
    assert spent.since({"keystone": 2.0, "heat-engine": 9.0}, {"keystone": 2.5, "heat-engine": 1.0, "bridge": 0.5}) == {
        "keystone": 0.5,
        "heat-engine": 1.0,
        "bridge": 0.5,
    }


def test_services_are_summed_and_divided_by_the_other_kind_s_sum() -> None:
    lives = {
        "ours": [Life(2.0, {"keystone": 0.1, "zaqar": 0.1}), Life(2.0, {"keystone": 0.3, "zaqar": 0.1})],
        "theirs": [Life(4.0, {"keystone": 0.4})],
    }
    rows = by_service(lives, [Life(10.0, {"keystone": 0.5})], beside="theirs").rows
    assert rows == [
        ["keystone", "200", "400", "50"],
        ["zaqar", "100", "0", "0"],
        ["all", "300", "400", "50"],
        ["to theirs", "0.75", "1.00", ""],
        ["all, without the idle cloud's", "200", "200", ""],
        ["to theirs", "1.00", "1.00", ""],
        ["lives", "2", "1", ""],
    ]


def test_services_without_the_other_kind_have_no_ratio() -> None:
    rows = by_service({"ours": [Life(1.0, {"keystone": 0.1})]}, [], beside="theirs").rows
    assert [row[0] for row in rows] == ["keystone", "all", "all, without the idle cloud's", "lives"]


def test_a_service_s_milliseconds_are_shared_out_among_its_calls_the_dearest_first() -> None:
    login = Call("keystone", "POST /v3/auth/tokens")
    calls = {TOKENS: Cost(2, 25), login: Cost(1, 75), CLAIM: Cost(1, 8)}
    lives = {"ours": [Life(1.0, {"keystone": 0.2, "zaqar": 0.01}, calls)], "theirs": [Life(1.0, {"keystone": 0.1})]}
    assert by_call(lives).rows == [
        ["keystone: POST /v3/auth/tokens", "1.0: 150", ""],
        ["keystone: GET /v3/auth/tokens", "2.0: 50", ""],
        ["zaqar: POST /v2/queues/heat-cr-bell/claims", "1.0: 10", ""],
    ]


def test_nothing_measured_is_tables_without_figures() -> None:
    assert by_service({}, [], beside="theirs").head == ["processor ms", "idle cloud, a second"]
    assert by_call({}).rows == []
    assert by_database({}).rows == [["all"]]


def test_statements_are_read_from_the_client_s_lines() -> None:
    assert statements.parse("DB\tCOUNT(*)\nheat\t120\nkeystone\t7\n") == {"heat": 120, "keystone": 7}
    assert statements.parse("") == {}


def test_statements_are_summed() -> None:
    assert by_database({"ours": {"heat": 2, "zaqar": 1}, "theirs": {"heat": 3}}).rows == [
        ["heat", "2", "3"],
        ["zaqar", "1", "0"],
        ["all", "3", "3"],
    ]


def test_in_a_chain_each_resource_waits_for_the_one_before() -> None:
    (template,) = SHAPES["chain"].templates({"type": "OS::Heat::Value"})
    after = [resource.get("depends_on") for resource in template["resources"].values()]
    assert after == [None, *(f"r{number}" for number in range(9))]


def test_ten_stacks_have_ten_resources_that_wait_for_none() -> None:
    templates = SHAPES["ten"].templates({"type": "OS::Heat::Value"})
    assert [len(template["resources"]) for template in templates] == [10] * 10
    assert not any("depends_on" in resource for template in templates for resource in template["resources"].values())


def test_many_are_divided_by_the_other_kind_of_the_same_shape() -> None:
    found = [
        Took("ten", "custom", 12.0, 6.0),
        Took("ten", "external", 10.0, 12.0),
        Took("chain", "custom", 1.0, 1.0),
    ]
    assert [row[4:] for row in table(found, "by post").rows] == [["1.20", "0.50"], ["1.00", "1.00"], ["", ""]]


def test_what_a_request_takes_is_half_of_what_a_life_takes_above_one_that_waits_for_nothing() -> None:
    head = ["processor ms", *WAYS, NOTHING]
    profile = [
        f"| {' | '.join(cells)} |"
        for cells in (
            head,
            ["---"] * len(head),
            ["keystone", "900", "500", "480", "440", "450"],
            ["all", "3000", "2500", "2400", "1700", "1100"],
            ["all, without the idle cloud's", "2800", "2300", "2200", "1600", "1000"],
        )
    ]
    assert sizing(first_table([*profile, "", "| another | table |"])).rows == [
        ["keystone", "225", "25", "15", "0"],
        ["all", "900", "650", "600", "300"],
        ["cores for 10,000 an hour", "2.5", "1.8", "1.7", "0.8"],
    ]
