import re
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customresource_bridge.port.sections.patterns import python_pattern

ALPHABET = "abz059_- .]["


def accepted(java: str, alphabet: str = ALPHABET) -> str:
    """Return the letters that the class ``java`` matches once it is Python's, as Heat matches."""
    pattern = python_pattern(java)
    assert pattern is not None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compiled = re.compile(pattern)
    return "".join(letter for letter in alphabet if (match := compiled.match(letter)) and match.end() == 1)


@pytest.mark.parametrize(
    ("java", "letters"),
    [
        (r"[\w&&[^\d]]", "abz_"),
        (r"[a-z&&[^b]]", "az"),
        (r"[a-z&&[abc]&&[^a]]", "b"),
        ("[a-b[0-5]]", "ab05"),
        (r"[^\w&&[^\d]]", "059- .]["),
        ("[^a-z[0-9]]", "_- .]["),
        ("[[ab]]", "ab"),
        (r"[\p{Alpha}_]", "abz_"),
        (r"[^\p{Alnum}]", "_- .]["),
        (r"[\P{Digit}&&[^_]]", "abz- .]["),
        (r"\p{Digit}", "059"),
        (r"[a&&]", "a"),
        (r"[\d-z]", "059-z"),
        (r"[]a]", "a]"),
        (r"[\[\]]", "]["),
        (r"\Q.\E", "."),
    ],
)
def test_a_class_matches_what_javas_matches(java: str, letters: str) -> None:
    assert set(accepted(java)) == set(letters)


@pytest.mark.parametrize("java", [r"\p{IsGreek}", "[a", "[]", "[a&&", r"[a-\d]", r"[\Qa]", "\\", "(", "a{99999999999}"])
def test_what_has_no_counterpart_is_not_guessed(java: str) -> None:
    assert python_pattern(java) is None


@pytest.mark.parametrize("java", [r"\w+", r"[\w-]+", r"(?i)\w+", r"a|\w+", r"(?!\d)\S+"])
def test_a_letter_is_ascii_as_in_java(java: str) -> None:
    pattern = python_pattern(java)
    assert pattern is not None
    found = [text for text in ("a", "\u00e9", "\u0663") if (match := re.match(pattern, text)) and match.end() == 1]
    assert found == (["a", "\u00e9", "\u0663"] if r"\S" in java else ["a"])


@pytest.mark.parametrize("java", ["[a-z]+", r"\\w", r"a\.b"])
def test_what_names_no_such_letters_stays_as_it_is(java: str) -> None:
    assert python_pattern(java) == java


def test_a_named_group_and_the_end_are_written_as_in_python() -> None:
    pattern = python_pattern(r"(?<first>a+)-\k<first>\z")
    assert pattern is not None
    assert re.match(pattern, "aa-aa")
    assert not re.match(pattern, "aa-a")


# --- classes within classes, against what the letters of each part say ---

PLAIN = st.sampled_from(["a", "b-z", "0-9", r"\w", r"\d", "_", r"\.", r"\["])
SETS = {
    "a": "a", "b-z": "bz", "0-9": "059", r"\w": "abz059_", r"\d": "059", "_": "_", r"\.": ".", r"\[": "[",
}  # fmt: skip


def _class(parts: tuple[bool, list[list[object]]]) -> tuple[str, frozenset[str]]:
    negated, unions = parts
    texts, sets = [], []
    for union in unions:
        drawn = [item if isinstance(item, tuple) else (str(item), frozenset(SETS[str(item)])) for item in union]
        texts.append("".join(text for text, _ in drawn))
        sets.append(frozenset().union(*(letters for _, letters in drawn)))
    matched = frozenset(ALPHABET).intersection(*sets)
    text = f"[{'^' if negated else ''}{'&&'.join(texts)}]"
    return text, frozenset(ALPHABET) - matched if negated else matched


CLASSES = st.recursive(
    PLAIN,
    lambda inner: st.tuples(
        st.booleans(), st.lists(st.lists(inner, min_size=1, max_size=3), min_size=1, max_size=3)
    ).map(_class),
    max_leaves=8,
).filter(lambda drawn: isinstance(drawn, tuple))


@settings(deadline=None, max_examples=150)
@given(CLASSES)
def test_any_class_matches_its_own_letters(drawn: tuple[str, frozenset[str]]) -> None:
    java, letters = drawn
    assert set(accepted(java)) == letters
