from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from customresource_bridge.port.template.load import load
from customresource_bridge.port.template.tree import Comment
from customresource_bridge.port.template.write import write

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30)
SCALARS = TEXT | st.sampled_from(
    ["yes", "on", "012", "1:30", "2012-10-17", "~", "null", "=", "<<", "a\n b", " x\ny", "\ty"]
)
VALUES = st.recursive(
    SCALARS | st.booleans() | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SCALARS, inner, max_size=3),
    max_leaves=12,
)


@settings(deadline=None, max_examples=100)
@given(st.dictionaries(TEXT.filter(bool), VALUES, min_size=1, max_size=3))
def test_heats_reader_reads_what_was_written(value: dict[str, Any]) -> None:
    assert yaml.safe_load(write(value, {})) == value


COMMENTS = st.dictionaries(st.integers(1, 8), st.builds(Comment, TEXT, st.booleans()), max_size=6)


@settings(deadline=None, max_examples=60)
@given(COMMENTS)
def test_no_comment_changes_the_meaning(comments: dict[int, Comment]) -> None:
    root = load(b"A:\n  B: |\n    x\n    y\n  C: [1, 2]\nD: {E: f}\nG: 'h'\n").root
    assert yaml.safe_load(write(root, comments)) == root


def test_comments_stand_where_they_stood() -> None:
    document = load(b"# one\nA: 1  # beside\n# two\n# three\nB:\n  # four\n  C: 2\n")
    assert write(document.root, document.comments) == ("# one\nA: 1  # beside\n# two\n# three\nB:\n  # four\n  C: 2\n")
