"""One sequence of steps from a stack's creation to its end, and what must hold after it."""

import logging
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from types import SimpleNamespace
from typing import Any
from unittest import mock

from oslo_config import cfg

from customresource_bridge.bridge.handling import backoff
from customresource_bridge.plugin import clock, operation, options
from customresource_bridge.plugin.delivery import bridge_trust, queue, workflow
from customresource_bridge.plugin.heat.engines import retrigger
from customresource_bridge.plugin.operation import Operation
from customresource_bridge.plugin.resources import signal
from pair_model import steps
from pair_model.tables import STAND_INS, tell
from pair_model.world import TIMEOUT, TOKENS, World, model_now, now_is

ROUND = 31.0
"""Seconds between two looks at a world that is left to itself."""
ROUNDS = int(8 * TIMEOUT / ROUND)
"""Within so many every operation must have ended, even one that waits out a deadline for each thing there is."""
PATIENCE = 4
"""How often an owner tells Heat to delete a stack whose deletion fails."""


@contextmanager
def stood_in() -> Iterator[None]:
    """Put the model's tables and clock in the place of Heat's, and keep the log short."""
    options.register(cfg.CONF)
    cfg.CONF.set_override("auth_encryption_key", "k" * 32)
    logging.disable(logging.CRITICAL)
    patches = [
        *(
            mock.patch.object(module, name, function)
            for module, functions in STAND_INS.items()
            for name, function in functions.items()
        ),
        mock.patch.object(clock, "now", model_now),
        mock.patch.dict(Operation.__init__.__kwdefaults__, now=model_now),
        mock.patch.dict(signal.note_progress.__kwdefaults__, tell=tell),
        mock.patch.dict(workflow.send.__kwdefaults__, now=model_now, tell=tell),
        mock.patch.object(operation, "uuid", SimpleNamespace(uuid4=lambda: uuid.UUID(int=next(now_is.numbers)))),
        mock.patch.object(backoff, "_WAIT", lambda state: 0.25 * 2 ** min(state.attempt_number, 7)),
        mock.patch.object(queue, "_make_signer"),
        mock.patch.object(bridge_trust, "owner_trusting", return_value=None),
        mock.patch.object(retrigger, "retrigger", return_value=False),
    ]
    for patch in patches:
        patch.start()
    try:
        yield
    finally:
        mock.patch.stopall()
        logging.disable(logging.NOTSET)


class Sequence:
    """A stack that is created, and whatever follows.

    :ivar script: what was done, a line for each step: :func:`replay` does it again.
    :ivar broken: whether a step broke the promise: what follows means nothing then.
    """

    def __init__(self, kind: str, other: str, rollback: str) -> None:
        self.broken = False
        self.script = [f"create {kind} {other} {rollback}"]
        self.world = World(kind, rollback=rollback == "rollback")
        stack = self.world.stack
        stack.converge(stack.CREATE, stack.template(self.world.definition(1)), other=other)

    def play(self, name: str, *args: Any) -> None:
        """Do one step, and look whether all holds."""
        self.script.append(": ".join([name, ", ".join(map(str, args))]) if args else name)
        try:
            steps.play(self.world, name, *args)
            self.world.check()
        except AssertionError:
            self.broken = True
            raise

    def finish(self, ending: str = "answers") -> None:
        """Let the trouble be over, wait for the end of what is under way, delete the stack, and settle accounts.

        :param ending: what the handlers do meanwhile: "answers" or "silence".
        """
        self.script.append(f"finish {ending}")
        world, stack = self.world, self.world.stack
        world.faults.clear()
        self._until_over(answers=ending == "answers")
        for _ in range(PATIENCE):
            if not stack.gone:
                steps.play(world, "delete")
                self._until_over(answers=True)
        assert stack.gone, "the stack cannot be deleted"
        for _ in range(40):
            self._round(answers=True)
        world.check_end()

    def _until_over(self, *, answers: bool) -> None:
        world, stack = self.world, self.world.stack
        for _ in range(ROUNDS):
            if stack.status != stack.IN_PROGRESS and not any(row.going for row in world.rows):
                return
            self._round(answers=answers)
        raise AssertionError(f"stuck: the stack is {stack.action} {stack.status}")

    def _round(self, *, answers: bool) -> None:
        world, stack = self.world, self.world.stack
        stack.other = "ok"
        stack.progress()
        steps.play(world, "late_arrives")
        steps.play(world, "task_acts")
        steps.play(world, "engine")
        steps.play(world, "park")
        for number in (0, 1):
            steps.play(world, "bridge", number)
        if answers:
            world.answer_all()
        world.wait(ROUND)
        world.check()


def random_sequence(seed: int, length: int = 40) -> tuple[Sequence, AssertionError | None]:
    """Play the sequence of a seed; return it, and what it broke."""
    random = Random(seed)
    sequence = Sequence(random.choice(list(TOKENS)), random.choice(steps.OTHERS), random.choice(["rollback", "stays"]))
    try:
        for _ in range(length):
            sequence.play(*steps.choose(random))
        sequence.finish(random.choice(["answers", "silence"]))
    except AssertionError as error:
        return sequence, error
    return sequence, None


def replay(script: str) -> World:
    """Play a script."""
    first, *lines = [line.strip() for line in script.strip().splitlines() if line.strip()]
    _, kind, other, rollback = first.split()
    sequence = Sequence(kind, other, rollback)
    for line in lines:
        if line.startswith("finish"):
            sequence.finish(line.split()[1])
            break
        name, _, given = line.partition(": ")
        sequence.play(name, *(int(arg) if arg.isdigit() else arg for arg in given.split(", ") if arg))
    return sequence.world


def broken_by(lines: list[str]) -> str:
    """Return what a script breaks, without its particulars; empty where it breaks nothing."""
    try:
        replay("\n".join(lines))
    except AssertionError as error:
        return kind_of(error)
    return ""


def kind_of(error: AssertionError) -> str:
    """Return what was broken, without its particulars."""
    return str(error).partition(":")[0].partition("\n")[0] or "broken"


def shortest(lines: list[str], *, broken_by: Callable[[list[str]], str] = broken_by) -> list[str]:
    """Leave out of a script whatever it does not need to break what it breaks.

    :param broken_by: returns what a script breaks.
    """
    broken = broken_by(lines)
    size = max(1, len(lines) // 4) if broken else 0  # what played again breaks nothing is shown whole
    while size:
        start, left_out = 1, False
        while start < len(lines) - 1:
            shorter = lines[:start] + lines[min(start + size, len(lines) - 1) :]
            if len(shorter) < len(lines) and broken_by(shorter) == broken:
                lines, left_out = shorter, True
            else:
                start += size
        size = size if left_out and size == 1 else size // 2
    return lines
