"""The faults, by name. Each returns once what it broke runs again."""

import random
from collections.abc import Callable
from functools import partial

from tests.standalone import cloud

from .cloud import Bridge
from .gateway import Gateway
from .proxy import MODES, Fronts

KILLED = ("heat-engine", "heat-api-cfn", "mistral-server", "mistral-api", "zaqar", "keystone")
RESTARTED = ("redis", "rabbitmq", "mariadb")

Fault = Callable[[], None]


def killed(name: str) -> Fault:
    """Kill -9 a service and start it again."""

    def fault() -> None:
        cloud("kill", name)
        cloud("start", name)

    return fault


def all_faults(
    bridges: list[Bridge], gateway: Gateway, fronts: Fronts, rng: random.Random, *, freeze: float
) -> dict[str, Fault]:
    """Return every kind of fault.

    :param freeze: seconds a bridge stands still; beyond a claim's ttl it loses its claims.
    """

    def both_bridges() -> None:
        for bridge in bridges:
            bridge.kill()

    def clean_restart() -> None:
        code = rng.choice(bridges).terminate()
        if code != 0:
            raise AssertionError(f"a bridge ended with {code} after SIGTERM")

    faults: dict[str, Fault] = {
        "bridge killed": lambda: rng.choice(bridges).kill(),
        "both bridges killed": both_bridges,
        "bridge restarted cleanly": clean_restart,
        "bridge frozen": lambda: rng.choice(bridges).freeze(freeze),
        "gateway killed": gateway.kill,
    }
    for name in KILLED:
        faults[f"{name} killed"] = killed(name)
    for name in RESTARTED:
        # redis has no persistence: all of Zaqar's messages and claims are lost.
        faults[f"{name} restarted"] = killed(name)
    for mode in MODES:
        faults[f"connections: {mode}"] = partial(fronts.spoil, mode, 8)
    return faults
