"""How a real stack's rows and messages become those of many, and what the bench says of an empty and a full cloud."""

import pytest
from bench.scale_cloud import clone, in_zaqar, names, tables
from bench.scale_cloud.measures import Found

SIZE = names.Size(stacks=7, waiting=3, projects=2)
ASKED = names.Asked("thing2", "11111111-2222-4333-8444-555555555555")
REAL = ["a" * 32, "7abf29bf-762f-42cd-a1a8-7e013b36b454", names.stack_name("wait"), "b" * 32]


def test_a_row_is_copied_with_the_columns_that_differ() -> None:
    given: dict[str, str | None] = {"id": clone.integer(1), "uuid": None, "stack_id": "m.stack_id"}
    assert clone.insert(
        "heat.resource", ["id", "uuid", "stack_id", "status"], given, rows="o.id = 7", which="m.waits = 1"
    ) == (
        "INSERT INTO heat.resource (`id`, `stack_id`, `status`) "
        "SELECT 10000000 + m.n * 100 + 1, m.stack_id, o.`status` FROM heat.resource o JOIN bench_scale.stacks m "
        "WHERE (o.id = 7) AND (m.waits = 1);"
    )


def test_a_reference_and_the_texts_of_a_column_are_the_new_stack_s() -> None:
    assert clone.chosen("attr_data_id", {4: "44", 5: "55"}) == "CASE o.`attr_data_id` WHEN 4 THEN 44 WHEN 5 THEN 55 END"
    assert clone.replaced("input", {"old": "m.name"}) == "REPLACE(o.`input`, 'old', m.name)"
    assert clone.renumbered("current_deps", [4]) == (
        "REPLACE(o.`current_deps`, '[4, ', CONCAT('[', 10000000 + m.n * 100 + 0, ', '))"
    )


def test_values_are_inserted_many_at_once() -> None:
    found = list(clone.batches("t", [(n, "x") for n in range(5)], size=2))
    assert found == [
        "INSERT INTO t VALUES (0, 'x'), (1, 'x');",
        "INSERT INTO t VALUES (2, 'x'), (3, 'x');",
        "INSERT INTO t VALUES (4, 'x');",
    ]


def test_the_many_are_spread_over_the_projects_and_those_that_wait_are_the_same_everywhere() -> None:
    rows = list(names.stacks(SIZE, ASKED, "k" * 48))
    projects = [row[1] for row in names.projects(SIZE)]
    assert [row[2] for row in rows] == [projects[n % 2] for n in range(7)]
    assert [(row[2], *row[4:6], row[3]) for row in rows if row[1]] == list(names.waiting(SIZE))
    assert [row[3] for row in rows[:2]] == [row[3] for row in names.projects(SIZE)]
    assert len({row[4] for row in rows}) == len(rows)


def test_a_message_is_another_stack_s_and_nobody_s() -> None:
    real = {b"id": b"m1", b"b": b" ".join(text.encode() for text in REAL), b"c": b"claim", b"c.e": b"99", b"t": b"60"}
    (other, *_) = [list(stack) for stack in names.waiting(SIZE)]
    made = in_zaqar.copied(real, REAL, other, now=10000)
    assert made[b"b"] == " ".join(other).encode()
    assert made[b"id"] != b"m1"
    assert (made[b"c"], made[b"c.e"], made[b"e"]) == ("", 10000, 10000 + in_zaqar.DAY)
    assert made[b"cr"] == 10000 - in_zaqar.AGE


def test_a_text_of_another_length_would_spoil_a_message() -> None:
    with pytest.raises(AssertionError, match="not of one length"):
        in_zaqar.copied({b"b": b""}, REAL, [*REAL[:2], "short", REAL[3]], now=0)


def found(create: float) -> Found:
    return Found(
        seconds={"one stack: create": create, "engine: ready": 5.0},
        cpu={"one stack's life": 1.0},
        rows={"one stack's life": 10},
        tables={"one stack's life": {"heat.stack": 10}},
        other={"database of heat, MiB": 7 * create},
    )


def test_the_ratios_of_a_full_cloud_to_an_empty_one(capsys: pytest.CaptureFixture[str]) -> None:
    report = tables.report(found(1.0), found(1.2), SIZE)
    times = report.tables[0].markdown()
    assert "| one stack: create | 1.000 s | 1.200 s | 1.20 |" in times
    assert "| time | empty | 7 stacks | ratio |" in times
    assert "| database of heat | 204.8 |" in report.tables[-1].markdown()
    assert tables.missed(found(1.0), found(1.05)) == 0
    assert tables.missed(found(1.0), found(1.2)) == 1
    assert "one stack: create: 1.20, wanted 1.1" in capsys.readouterr().out
