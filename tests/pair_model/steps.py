"""What may happen, one step each: the same for hypothesis, for a seed, and for a script that is kept."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from bridge_life import FAULTS, SLOW, Life

from pair_model.handlers import OUTCOMES
from pair_model.world import World

Play = Callable[..., None]


@dataclass(frozen=True)
class Step:
    """One kind of step.

    :ivar weight: how often a seed takes it.
    :ivar choices: what each of its arguments may be.
    """

    play: Play
    weight: int
    choices: tuple[tuple[Any, ...], ...]


STEPS: dict[str, Step] = {}


def step(weight: int, *choices: Any) -> Callable[[Play], Play]:
    """Register a step under its function's name."""

    def register(play: Play) -> Play:
        STEPS[play.__name__] = Step(play, weight, tuple(tuple(choice) for choice in choices))
        return play

    return register


# The stack's owner.

CHANGES = ["same", "new", "old", "replacing", "retaining"]
OTHERS = ["ok", "holds"]


@step(4, CHANGES, OTHERS)
def update(world: World, change: str, other: str) -> None:
    stack = world.stack
    if stack.gone or stack.action == stack.DELETE or stack.t.definition is None:
        return
    props = stack.t.definition.props
    number = {"new": next(world.moments), "retaining": next(world.moments), "old": 1}.get(change, props["a"])
    replacing = next(world.moments) if change == "replacing" else props["replacing"]
    definition = world.definition(number, replacing=replacing, retain=change == "retaining")
    stack.converge(stack.UPDATE, stack.template(definition), other=other)


@step(4)
def check(world: World) -> None:
    """The stack is checked, where nothing is under way."""
    world.stack.check()


@step(2)
def delete(world: World) -> None:
    stack = world.stack
    if stack.gone or (stack.action == stack.DELETE and stack.status == stack.IN_PROGRESS):
        return
    if stack.status == stack.IN_PROGRESS:
        stack.cancel_threads()
    stack.converge(stack.DELETE, stack.template(None))


@step(3, ["ok", "fails"])
def other_resource(world: World, how: str) -> None:
    stack = world.stack
    if stack.status != stack.IN_PROGRESS or stack.other != "holds":
        return
    if how == "ok":
        stack.other = "ok"
        stack.progress()
    else:
        stack.mark_failed(stack.current_traversal)


@step(1, ["rolls back", "stays"])
def cancel(world: World, how: str) -> None:
    stack = world.stack
    if stack.status != stack.IN_PROGRESS or stack.action not in {stack.CREATE, stack.UPDATE}:
        return
    if how == "stays":
        stack.cancel()
    else:
        stack.cancel_threads()
        stack.roll_back()


# Heat's engines.


@step(6)
def engine(world: World) -> None:
    """Every thread looks; whatever waits without one is set going."""
    for row in list(world.rows):
        world.stack.wake(row)
        world.stack.look(row)


@step(3)
def park(world: World) -> None:
    for row in world.rows:
        row.thread = None
    world.stack.progress()


@step(1)
def engine_dies(world: World) -> None:
    for row in world.rows:
        if row.thread is not None:
            row.thread, row.dead = None, True


# The bridges.


@step(8, [0, 1])
def bridge(world: World, number: int) -> None:
    """A bridge does what there is to do."""
    for _ in range(3):
        world.bridge(number, Life.claim)
    world.bridge(number, Life.tick)
    for _ in range(12):
        if not world.lives[number].steps.waiting:
            break
        world.bridge(number, Life.step)


@step(3, [0, 1])
def claim(world: World, number: int) -> None:
    world.bridge(number, Life.claim)


@step(4, [0, 1], range(3))
def work(world: World, number: int, which: int) -> None:
    world.bridge(number, Life.step, which)


@step(2, [0, 1])
def tick(world: World, number: int) -> None:
    world.bridge(number, Life.tick)


@step(2, [0, 1])
def kill(world: World, number: int) -> None:
    world.kill(number)
    world.happened.append("bridge killed")


# What the handler does.


@step(2, range(3))
def make(world: World, which: int) -> None:
    world.make(which)


@step(9, range(3), OUTCOMES)
def end(world: World, which: int, outcome: str) -> None:
    if world.kind == "provider":
        world.provider_answers(which, outcome)
    else:
        world.end(which, outcome)


@step(3, range(3), OUTCOMES)
def answer_last(world: World, which: int, outcome: str) -> None:
    """An outside provider will answer when a row has looked for the last time and is not yet deleted."""
    if world.kind == "provider":
        world.last_answers.append((which, outcome))


@step(2, range(3))
def answer_again(world: World, which: int) -> None:
    """An outside provider answers once more, and names another thing."""
    world.provider_answers_again(which)


@step(2, range(3))
def leave_task(world: World, which: int) -> None:
    """A workflow has a task that Mistral's cancel does not stop."""
    world.leave_task(which)


@step(2)
def task_acts(world: World) -> None:
    """Such a task acts, and is over."""
    world.task_acts()


@step(3)
def late_arrives(world: World) -> None:
    """A response arrives that was long under way."""
    world.late_arrives()


# Time and trouble.


@step(4, [1, 20, 61, 130, 400, 1000])
def wait(world: World, seconds: int) -> None:
    world.wait(seconds)


@step(3, range(1, 7), [*FAULTS, SLOW])
def spoil(world: World, after: int, fault: str | int) -> None:
    world.faults.append((world.calls + after, str(fault)))  # a script's 503 is a number


@step(1)
def zaqar_forgets(world: World) -> None:
    world.zaqar.forget_everything()
    world.happened.append("Zaqar forgets")


def choose(random: Random) -> tuple[Any, ...]:
    """Choose a step."""
    names = list(STEPS)
    name = random.choices(names, [STEPS[name].weight for name in names])[0]
    return (name, *(random.choice(choices) for choices in STEPS[name].choices))


def play(world: World, name: str, *args: Any) -> None:
    """Let a step happen."""
    STEPS[name].play(world, *args)
