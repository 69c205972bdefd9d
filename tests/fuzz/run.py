"""Feeds each target in turn until the time is over; what breaks one is kept, as small as it can be, for the unit tests.

python -m fuzz.run --minutes 60 --seed 1
"""

import argparse
import hashlib
import time
from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from fuzz.inputs import changed
from fuzz.targets import TARGETS, Target

KEPT = Path(__file__).parents[1] / "data" / "fuzz"
_EXAMPLES = 200


class Slow(Exception):  # noqa: N818 - what an input is
    """An input took longer than it may."""


def fed(target: Target, raw: bytes) -> None:
    """Feed a target with one input.

    :raises Exception: what it should not have raised; or Slow.
    """
    used = _time_of(target, raw)
    # Twice: a module that is imported at the first, a collection of garbage.
    if used > target.seconds and _time_of(target, raw) > target.seconds:
        raise Slow(f"{used:.2f} s of processor time for {len(raw)} bytes")


def _time_of(target: Target, raw: bytes) -> float:
    began = time.process_time()
    with suppress(*target.raises):
        target.parse(raw)
    return time.process_time() - began


def a_round(name: str, number: int, examples: int = _EXAMPLES) -> tuple[bytes, Exception] | None:
    """Feed a target with so many inputs; return the smallest that breaks it, and how."""
    target, last = TARGETS[name], [b""]

    @seed(number)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(changed(target.seeds, target.limit))
    def feed(raw: bytes) -> None:
        last[0] = raw
        fed(target, raw)

    try:
        feed()
    except Exception as error:
        return last[0], error
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=list(TARGETS))
    args = parser.parse_args()
    until, number, inputs, broken = time.monotonic() + 60 * args.minutes, args.seed, 0, set[str]()
    while time.monotonic() < until:
        for name in args.only:
            found = a_round(name, number)
            inputs += _EXAMPLES
            if found:
                raw, error = found
                file = KEPT / name.replace(" ", "-") / hashlib.sha256(raw).hexdigest()[:12]
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(raw)
                broken.add(str(file))
                print(
                    f"{name}: {type(error).__name__}: {str(error)[:200]!r}: {raw[:80]!r} is kept in {file}", flush=True
                )
        number += 1
    print(f"{inputs} inputs for {len(args.only)} parsers, seeds {args.seed} to {number - 1}: {len(broken)} broke one")
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
