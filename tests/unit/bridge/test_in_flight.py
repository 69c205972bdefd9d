import pytest
from bridge_parts import CREATE, NOW, QUEUE, entry

from customresource_bridge.bridge.in_flight import InFlight, Stage, Table
from customresource_bridge.protocol import Response, Secret, Status
from customresource_bridge.protocol.naming import printable

DONE = Response(status=Status.SUCCESS, identity=CREATE.identity)


def test_a_request_moves_from_stage_to_stage() -> None:
    one = entry()
    stages = [one.stage]
    one.runs("e1", "w", at=1.0)
    stages.append(one.stage)
    one.settle(DONE, at=2.0)
    stages.append(one.stage)
    one.answer()
    assert [*stages, one.stage] == [Stage.CLAIMED, Stage.RUNNING, Stage.SETTLED, Stage.ANSWERED]
    assert (one.execution_id, one.workflow, one.started_at, one.settled_at) == ("e1", "w", 1.0, 2.0)


def test_it_is_to_be_begun_with_while_nothing_runs_and_nothing_is_to_be_put() -> None:
    one = entry()
    begins = [one.begins]
    one.telling = DONE
    begins.append(one.begins)
    one.telling = None
    one.runs("e1", "w", at=1.0)
    begins.append(one.begins)
    assert begins == [True, False, False]
    two = entry()
    two.settle(DONE, at=1.0)
    assert not two.begins


def test_a_request_may_be_settled_without_an_execution() -> None:
    one = entry()
    one.settle(DONE, at=2.0)
    assert one.stage is Stage.SETTLED
    assert not one.started
    assert one.execution_id == one.key


def test_no_stage_is_entered_twice_or_too_early() -> None:
    one = entry()
    with pytest.raises(ValueError, match="claimed"):
        one.answer()
    one.runs("e1", "w", at=1.0)
    with pytest.raises(ValueError, match="running"):
        one.runs("e2", "w", at=1.0)
    one.settle(DONE, at=2.0)
    with pytest.raises(ValueError, match="settled"):
        one.settle(DONE, at=2.0)


def test_a_message_that_cannot_be_read_has_its_response_from_the_beginning() -> None:
    known = entry()
    given = {
        "key": "k",
        "identity": known.identity,
        "response_url": Secret("https://heat/x"),
        "deadline": known.deadline,
        "request": None,
        "message": known.message,
        "since": 0.0,
    }
    assert InFlight(**given, response=DONE).stage is Stage.SETTLED  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="from the beginning"):
        InFlight(**given)  # type: ignore[arg-type]


def test_a_second_copy_is_known() -> None:
    table = Table()
    first = entry()
    assert table.add(first) is first
    assert table.add(entry()) is first
    assert len(table) == 1


def test_one_that_was_dropped_does_not_take_along_the_copy_that_came_anew() -> None:
    table, dropped, anew = Table(), entry(), entry()
    table.add(dropped)
    table.remove(dropped)
    table.add(anew)
    table.remove(dropped)
    assert table.all() == [anew]
    assert table.get(anew.key) is anew


def test_requests_of_one_resource_wait_for_each_other_and_others_do_not() -> None:
    table = Table()
    first, second, other = entry("r1"), entry("r2"), entry("r3", name="B")
    for one in (first, second, other):
        table.add(one)
    assert [table.blocked(one, NOW) for one in (first, second, other)] == [False, True, False]
    table.remove(first)
    assert not table.blocked(second, NOW)


def test_a_delete_waits_for_its_predecessor_only_until_that_has_begun() -> None:
    table = Table()
    create, delete = entry("r1"), entry("r2", previous="r1")
    table.add(create)
    table.add(delete)
    assert create.superseded
    assert table.blocked(delete, NOW)
    create.runs("e1", "w", at=0.0)
    assert not table.blocked(delete, NOW)


def test_a_predecessor_that_comes_late_is_superseded() -> None:
    table = Table()
    delete, create = entry("r2", previous="r1"), entry("r1")
    table.add(delete)
    table.add(create)
    assert create.superseded
    assert table.blocked(create, NOW)


def test_a_cancelled_execution_drains_before_it_is_settled() -> None:
    table, one = Table(), entry()
    table.add(one)
    with pytest.raises(ValueError, match="claimed"):
        one.drain()
    one.runs("e1", "w", at=0.0)
    assert table.started() == [one]
    one.drain()
    assert one.stage is Stage.DRAINING
    assert table.started() == []  # its end has been seen: nothing tells of its tasks'
    one.settle(DONE, at=1.0)
    assert one.stage is Stage.SETTLED


def test_nothing_secret_is_in_what_an_entry_shows() -> None:
    shown = repr(entry()) + str(entry())
    for secret in ("token-of-mine", "'m'", "'c'"):
        assert secret not in shown
    assert printable("a\nb\x1b[31m") == "a b?[31m"


def test_new_requests_count_until_they_have_run_for_a_while() -> None:
    table = Table()
    one = entry()
    table.add(one)
    assert table.fresh(QUEUE, 100.0) == 1  # not started: however old, it counts
    one.runs("e1", "w", at=0.0)
    assert table.fresh(QUEUE, 1.0) == 1
    assert table.fresh(QUEUE, 100.0) == 0


def test_what_another_bridge_had_in_hand_is_not_new_to_the_one_that_finds_it() -> None:
    table = Table()
    one = entry()
    table.add(one)
    assert one.in_hand_since == one.since
    one.runs("e1", "w", at=1.0, age=3600.0)
    assert one.in_hand_since == -3599.0
    assert table.fresh(QUEUE, 1.0) == 0


def test_no_more_may_start_than_there_are_places_and_each_answer_frees_one() -> None:
    table = Table()
    entries = [entry(f"r{number}", name=f"R{number}") for number in range(4)]
    for one in entries:
        table.add(one)
    assert [table.may_start(one, 2, NOW) for one in entries] == [True, True, False, False]
    assert [table.may_start(one, 2, NOW) for one in entries] == [True, True, False, False]
    assert table.held_back() == entries[2:]
    entries[0].settle(DONE, at=1.0)
    assert table.may_start(entries[3], 2, NOW)
    table.remove(entries[1])
    assert table.may_start(entries[2], 2, NOW)
    assert table.held_back() == []


def test_without_a_limit_none_is_held_back() -> None:
    table = Table()
    for number in range(50):
        assert table.may_start(table.add(entry(f"r{number}", name=f"R{number}")), None, NOW)


def test_a_request_that_stops_a_running_one_takes_its_place() -> None:
    table = Table()
    create, other, delete = entry("r1"), entry("r2", name="B"), entry("r3", previous="r1")
    for one in (create, other, delete):
        table.add(one)
    assert table.may_start(create, 1, NOW)
    create.runs("e1", "w", at=0.0)
    assert not table.may_start(other, 1, NOW)
    assert table.may_start(delete, 1, NOW)
    create.settle(DONE, at=1.0)
    assert not table.may_start(other, 1, NOW)  # there is still one place, and the Delete has it


def test_a_delete_of_what_has_ended_waits_like_any_other() -> None:
    table = Table()
    create, other, delete = entry("r1"), entry("r2", name="B"), entry("r3", previous="r1")
    for one in (create, other, delete):
        table.add(one)
    assert table.may_start(create, 1, NOW)
    create.settle(DONE, at=1.0)
    assert table.may_start(other, 1, NOW)
    assert not table.may_start(delete, 1, NOW)


def test_what_needs_only_an_answer_needs_no_place() -> None:
    table = Table()
    running, superseded, late = entry("r1"), entry("r2", name="B"), entry("r3", name="C")
    for one in (running, superseded, late):
        table.add(one)
        if one is not running:
            assert not table.may_start(one, 1, NOW)
        else:
            assert table.may_start(one, 1, NOW)
    table.add(entry("r4", name="B", previous="r2"))
    assert table.may_start(superseded, 1, NOW)
    assert table.may_start(late, 1, late.deadline)
    assert table.held_back() == []
