from typing import Any

import pytest

from customresource_bridge import errors
from customresource_bridge.bridge.rounds import Rounds


class World:
    """Projects and their queues, and what the rounds did."""

    def __init__(self) -> None:
        self.queues: dict[str, list[str] | Exception] = {}
        self.rung: list[tuple[str, str]] = []
        self.unneeded: list[str] = []
        self.rounds = Rounds(
            projects=lambda: list(self.queues),
            queues=self._queues,
            rung=self._ring,
            unneeded=self.unneeded.append,
            interval=0.001,
        )

    def _queues(self, project_id: str) -> list[str]:
        found = self.queues[project_id]
        if isinstance(found, Exception):
            raise found
        return found

    def _ring(self, project_id: str, queue: str) -> bool:
        self.rung.append((project_id, queue))
        return True


@pytest.fixture
def world() -> World:
    return World()


def test_every_queue_of_every_project_is_rung_for(world: World) -> None:
    world.queues = {"a": ["q1", "q2"], "b": ["q3"]}
    world.rounds.go_round()
    assert sorted(world.rung) == [("a", "q1"), ("a", "q2"), ("b", "q3")]


@pytest.mark.parametrize("kind", [errors.ServiceUnavailable, errors.Unauthorized, errors.Forbidden])
def test_one_project_that_cannot_be_looked_through_does_not_end_the_round(world: World, kind: Any) -> None:
    world.queues = {"broken": kind("Keystone", "issue a token", "no"), **{f"p{number}": ["q"] for number in range(9)}}
    world.rounds.go_round()
    assert len(world.rung) == 9
    assert world.unneeded == []


def test_a_trust_is_unneeded_when_two_rounds_running_found_no_queue(world: World) -> None:
    world.queues = {"a": []}
    world.rounds.go_round()
    assert world.unneeded == []
    world.queues = {"a": ["q"]}
    world.rounds.go_round()
    world.queues = {"a": []}
    world.rounds.go_round()
    assert world.unneeded == []
    world.rounds.go_round()
    assert world.unneeded == ["a"]
