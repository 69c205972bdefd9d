"""The standalone cloud's ports: one base, no clash, clear words about a bad one."""

import pytest

from devstack.cloud import ports


def test_every_service_has_a_port_of_its_own_within_the_block() -> None:
    offsets = list(ports.OFFSETS.values())
    assert len(set(offsets)) == len(offsets)
    assert max(offsets) < ports.BLOCK


@pytest.mark.parametrize(("text", "problem"), [("many", "not a number"), ("80", "between"), ("65530", "between")])
def test_a_bad_base_is_named(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=rf"CRB_CLOUD_PORT_BASE.*{problem}"):
        ports.parse_base(text)


def test_the_recorded_base_is_tried_first_and_once() -> None:
    bases = list(ports.candidates(21040))
    assert bases[:3] == [21040, 21000, 21020]
    assert bases.count(21040) == 1


def test_taken_ports_are_named_by_their_service() -> None:
    assert ports.taken(21000, lambda number: number != 21006) == ["zaqar (21006)"]


def test_a_block_is_claimed_by_one_starter_at_a_time() -> None:
    first = ports.claim(1)
    assert first is not None
    with first:
        assert ports.claim(1) is None
    again = ports.claim(1)
    assert again is not None
    again.close()
