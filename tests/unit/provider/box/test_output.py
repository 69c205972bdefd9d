from collections.abc import Iterator

from customresource_bridge.provider.box.output import BoundedOutput


def test_what_is_within_both_bounds_is_shown_as_it_is() -> None:
    assert list(BoundedOutput(most_bytes=10, most_lines=3).lines(["abc", "", "abc"])) == ["abc", "", "abc"]


def test_beyond_one_of_them_it_ends_with_a_word_and_no_more_is_asked_for() -> None:
    taken = []

    def lines() -> Iterator[str]:
        for number in range(100):
            taken.append(number)
            yield "abc"

    for bounds, whole in (
        (BoundedOutput(most_bytes=10, most_lines=99), 3),
        (BoundedOutput(most_bytes=99, most_lines=2), 2),
    ):
        taken.clear()
        *shown, last = bounds.lines(lines())
        assert shown == ["abc"] * whole
        assert "more was printed" in last
        assert len(taken) == whole + 1
