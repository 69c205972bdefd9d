"""What once broke a parser breaks it no more, and a few inputs of each kind do not; `make fuzz` makes many."""

import pytest
from fuzz.run import KEPT, a_round, fed
from fuzz.targets import TARGETS


def test_what_was_found_once_is_borne() -> None:
    for path in sorted(path for path in KEPT.rglob("*") if path.is_file()):
        fed(TARGETS[path.parent.name.replace("-", " ")], path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_a_few_inputs_are_borne(name: str) -> None:
    for raw in TARGETS[name].seeds:
        fed(TARGETS[name], raw)
    assert a_round(name, 1, examples=20) is None


def test_a_fault_would_be_found() -> None:
    with pytest.raises(ZeroDivisionError):
        fed(TARGETS["end"].__class__(parse=lambda _raw: 1 // 0, seeds=(b"",)), b"")
