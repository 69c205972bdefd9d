"""The promise of plugin and bridge together, as a state machine: see ``tests/pair_model``. ``make unit-plugin``.

Whatever happens between a handler and Heat, every request has one outcome and runs once at most, nobody is stuck,
nothing in use is deleted, and a stack that is gone has deleted, retained or named all that its handlers ever made.
A sequence that once broke that is kept below as the script it was found as.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from pair_model.sequence import Sequence, random_sequence, replay, shortest, stood_in
from pair_model.steps import OTHERS, STEPS
from pair_model.world import TOKENS


@pytest.fixture(autouse=True, scope="module")
def _stood_in() -> Iterator[None]:
    with stood_in():
        yield


class Pair(RuleBasedStateMachine):
    """Hypothesis chooses the steps, and finds the shortest sequence that breaks the promise."""

    sequence: Sequence | None = None

    @initialize(
        kind=st.sampled_from(sorted(TOKENS)),
        other=st.sampled_from(OTHERS),
        rollback=st.sampled_from(["rollback", "stays"]),
        ending=st.sampled_from(["answers", "silence"]),
    )
    def create(self, kind: str, other: str, rollback: str, ending: str) -> None:
        self.sequence, self.ending = Sequence(kind, other, rollback), ending

    def step(self, name: str, *args: Any) -> None:
        assert self.sequence is not None
        self.sequence.play(name, *args)

    def teardown(self) -> None:
        if self.sequence is not None and not self.sequence.broken:
            self.sequence.finish(self.ending)


def _rule(name: str) -> Any:
    choices = STEPS[name].choices
    names = [f"arg{number}" for number in range(len(choices))]

    def play(self: Pair, **given: Any) -> None:
        self.step(name, *(given[each] for each in names))

    play.__name__ = name
    return rule(**{each: st.sampled_from(list(choice)) for each, choice in zip(names, choices, strict=True)})(play)


for _name in STEPS:
    setattr(Pair, _name, _rule(_name))

RUNS = int(os.environ.get("CRB_MODEL_RUNS", "300"))

TestPair = Pair.TestCase
TestPair.settings = settings(
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    max_examples=max(RUNS // 5, 1),  # each takes twice as long as one from a seed
    stateful_step_count=40,
    deadline=None,
    derandomize=True,  # a change is to be judged by what it changes: other sequences are for "make model"
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def test_what_a_seed_chooses_holds() -> None:
    for seed in range(RUNS):
        sequence, error = random_sequence(seed)
        if error is not None:
            raise AssertionError("\n".join([f"seed {seed}:", *shortest(sequence.script)])) from error


def test_a_seed_is_the_same_sequence_each_time() -> None:
    (first, _), (second, _) = random_sequence(7), random_sequence(7)
    assert first.script == second.script
    assert first.world.requests.count == second.world.requests.count > 0


def test_a_script_is_the_sequence_it_was_written_from() -> None:
    sequence, _ = random_sequence(7)
    assert replay("\n".join(sequence.script)).mistral.begun == sequence.world.mistral.begun


def test_what_a_failure_does_not_need_is_left_out() -> None:
    def broken_by(lines: list[str]) -> str:
        return "broken" if "kill: 1" in lines else ""

    script = ["create bridge ok stays", "tick: 0", "tick: 1", "kill: 1", "finish answers"]
    assert shortest(script, broken_by=broken_by) == ["create bridge ok stays", "kill: 1", "finish answers"]


SCRIPTS = {
    "a replacement is rolled back and deleted before any Create is answered": """
        create bridge holds rollback
        update: replacing, holds
        park
        other_resource: fails
        park
        delete
        wait: 1000
        finish answers
    """,
    "a late answer names what the replacement goes on with": """
        create direct ok stays
        park
        update: replacing, ok
        end: 0, ok fixed
        end: 0, ok fixed
        engine
        finish answers
    """,
    "Mistral cannot be asked when a Create that had its outcome is given up": """
        create direct ok stays
        spoil: 5, answer lost
        bridge: 0
        end: 0, ok
        wait: 1000
        claim: 0
        delete
        finish answers
    """,
    "a task goes on after the cancel": """
        create direct ok stays
        leave_task: 0
        delete
        end: 0, ok
        finish answers
    """,
    "the engine dies before it cancels the Delete that it gave up": """
        create direct ok stays
        delete
        wait: 1000
        spoil: 5, dies before
        bridge: 0
        engine
        finish answers
    """,
    "a Delete that was given up leaves its Create unheard": """
        create bridge ok stays
        cancel: rolls back
        claim: 0
        zaqar_forgets
        work: 0, 0
        wait: 1000
        kill: 0
        finish answers
    """,
    "a Create fails half-way, and its bridge dies before it says so": """
        create bridge ok stays
        bridge: 0
        spoil: 6, dies before
        end: 0, half
        bridge: 1
        delete
        finish answers
    """,
    "a further answer to the Create comes after those to the Delete and the Update before it": """
        create provider ok stays
        end: 2, ok other
        engine_dies
        update: new, ok
        delete
        end: 2, ok other
        end: 1, fails
        answer_again: 0
        finish answers
    """,
    "a Create times out, and its handler answers late": """
        create provider ok rollback
        finish silence
    """,
    "an Update names another thing and fails": """
        create provider ok rollback
        end: 0, ok
        engine
        update: new, holds
        end: 1, half
        finish answers
    """,
    "a provider handles a Create after its Delete, and names nothing": """
        create provider ok stays
        delete
        end: 1, ok
        end: 0, ok unnamed
        finish answers
    """,
    "a provider handles an Update after its Delete": """
        create provider ok stays
        end: 0, ok fixed
        engine
        update: new, holds
        delete
        end: 2, ok
        end: 1, ok
        finish answers
    """,
    "a provider answers a Create between the last look at its Delete and the end of the row": """
        create provider ok stays
        delete
        answer_last: 0, ok
        end: 1, ok
        engine
        finish answers
    """,
    "an engine dies over an Update, and its bridge before it tells the outcome": """
        create bridge ok stays
        bridge: 0
        end: 0, ok
        bridge: 0
        engine
        update: new, ok
        bridge: 0
        end: 0, ok other
        kill: 0
        engine_dies
        delete
        finish answers
    """,
    "a Delete that came too late to begin does not hide the Create before it": """
        create bridge ok stays
        bridge: 1
        delete
        wait: 1000
        leave_task: 1
        bridge: 0
        engine
        delete
        bridge: 1
        end: 1, ok fixed
        finish silence
    """,
    "a bridge that died tells an Update's outcome, and another, after the Delete, that it could not begin": """
        create bridge holds rollback
        bridge: 0
        park
        end: 1, ok other
        bridge: 0
        update: new, holds
        bridge: 0
        end: 0, ok fixed
        spoil: 3, dies after
        bridge: 0
        spoil: 4, dies after
        delete
        bridge: 1
        finish answers
    """,
}


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS.keys())
def test_what_once_broke_it_holds(script: str) -> None:
    replay(script)
