"""The faults, by name. Each returns once what it broke runs again."""

import random
import time
from collections.abc import Callable
from functools import partial

from faults.cloud import Bridge
from faults.gateway import Gateway
from faults.proxy import MODES, Fronts
from faults.slow import SlowRequests
from functional.operator.broker import WayToBroker
from standalone import cloud

KILLED = ("heat-engine", "heat-api-cfn", "mistral-server", "mistral-api", "zaqar", "keystone")
RESTARTED = ("redis", "rabbitmq", "mariadb")

Fault = Callable[[], None]


def killed(name: str) -> Fault:
    """Kill -9 a service and start it again."""

    def fault() -> None:
        cloud("kill", name)
        cloud("start", name)

    return fault


def cut_off(way: WayToBroker, seconds: float) -> None:
    """Part a broker from who comes by this way, for so long."""
    way.cut()
    time.sleep(seconds)
    way.mend()


def all_faults(  # noqa: PLR0913 - its victims
    bridges: list[Bridge], gateway: Gateway, fronts: Fronts, slow: SlowRequests, rng: random.Random, *, freeze: float
) -> dict[str, Fault]:
    """Return every kind of fault. One that does not find what it looks for raises AssertionError.

    :param freeze: seconds a bridge stands still; more than a new claim's ttl.
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
        "bridge frozen": partial(slow.frozen, freeze),
        "claim taken away": partial(slow.claim_taken_away, fronts),
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
