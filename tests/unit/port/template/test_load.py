import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customresource_bridge.port.errors import TemplateError
from customresource_bridge.port.template import load as loading
from customresource_bridge.port.template.load import MAX_BYTES, load
from customresource_bridge.port.template.template import Template


def refused(raw: bytes) -> TemplateError:
    with pytest.raises(TemplateError) as caught:
        Template.of(load(raw))
    return caught.value


@pytest.mark.parametrize(
    ("raw", "line", "words"),
    [
        (b"a: [", 1, "neither valid YAML nor valid JSON"),
        (b'{"Resources": ', 1, "neither valid YAML nor valid JSON"),
        (b"Resources:\n\tA: 1", 2, "neither valid YAML nor valid JSON"),
        (b"a: \x00", 0, "neither valid YAML nor valid JSON"),
        (b"---\na: 1\n---\nb: 2", 3, "neither valid YAML nor valid JSON"),
        (b"a: *nothing", 1, "undefined alias"),
        (b"\xff\xfe\x00", 1, "not UTF-8"),
        (b"x" * (MAX_BYTES + 1), 0, "larger than"),
        (b"x" * 5_000_000, 0, "larger than"),
        (b"a: &a [*a]", 1, "contains itself"),
        (b"Resources: &r\n  A:\n    B: *r", 1, "contains itself"),
        (b"[" * 100_000, 0, "nested too deeply"),
        (b"{a: " * 100 + b"}" * 100, 1, "nests deeper"),
        (b"? [a]\n: 1", 1, "no plain text"),
        (b"a: !!python/object:os.system x", 1, "knows no tag"),
        (b'a: "\\ud800"', 0, "no valid Unicode"),
        (b"", 0, "no map of sections"),
        (b"just text", 0, "no map of sections"),
        (b"- a\n- b", 0, "no map of sections"),
        (b"heat_template_version: 2021-04-16\nresources: {}", 0, "HOT template already"),
        (b"kind: Deployment\nspec: {}", 0, "no CloudFormation template"),
        (b"Resources: []", 1, "is no map"),
        (b"Resources:\n  A: 1", 2, "'A' is no map"),
        (b"Resources:\n  A: {}", 2, "has no Type"),
        (b"Parameters:\n  A: x\nResources:\n  A: {Type: T}", 2, "Parameters: 'A' is no map"),
    ],
)
def test_what_cannot_be_read_is_refused_with_place_problem_and_remedy(raw: bytes, line: int, words: str) -> None:
    error = refused(raw)
    assert words in str(error)
    assert error.line == line
    assert error.remedy


def test_aliases_that_grow_without_end_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    assert "more than" in str(refused("\n".join(lines).encode()))


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=300))
def test_no_input_ends_in_anything_but_a_template_or_its_error(raw: bytes) -> None:
    try:
        Template.of(load(raw))
    except TemplateError as error:
        assert error.problem  # noqa: PT017 - either outcome is right


@settings(deadline=None, max_examples=60)
@given(st.text(alphabet="{}[]:,-!&*#|>'\"?%@`a \n\t~<0", max_size=80))
def test_no_yaml_ends_in_anything_but_a_template_or_its_error(text: str) -> None:
    try:
        load(text.encode())
    except TemplateError as error:
        assert error.problem  # noqa: PT017 - either outcome is right


KEYS = st.text(alphabet=st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=15,
)


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=4), st.sampled_from([None, 1, "\t"]), st.booleans())
def test_json_is_read_as_json_says(value: dict[str, object], indent: object, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)  # type: ignore[arg-type]
    assert load(text.encode()).root == value


def test_short_tags_are_the_long_functions() -> None:
    root = load(
        b"a: !Ref X\nb: !GetAtt R.A.B\nc: !Sub ['${x}', {x: 1}]\nd: !Join ['', [a]]\ne: !Condition C\n"
        b"f: !GetAtt [R, A]\n"
        b"g: !Base64\n  Fn::Sub: x\n"
    ).root
    assert root == {
        "a": {"Ref": "X"},
        "b": {"Fn::GetAtt": ["R", "A.B"]},
        "c": {"Fn::Sub": ["${x}", {"x": 1}]},
        "d": {"Fn::Join": ["", ["a"]]},
        "e": {"Condition": "C"},
        "f": {"Fn::GetAtt": ["R", "A"]},
        "g": {"Fn::Base64": {"Fn::Sub": "x"}},
    }


def test_scalars_are_what_their_author_meant() -> None:
    root = load(
        b"a: 2012-10-17\nb: 012345678901\nc: 12:30\nd: yes\ne: 'yes'\nf: 1.50\ng: ~\nh: 0x1f\ni: 1_000\nj: -7"
    ).root
    assert root == {
        "a": "2012-10-17",
        "b": "012345678901",
        "c": "12:30",
        "d": True,
        "e": "yes",
        "f": 1.5,
        "g": None,
        "h": "0x1f",
        "i": "1_000",
        "j": -7,
    }


def test_every_key_and_item_knows_its_line() -> None:
    root = load(b"# one\nA:\n  B: 1\n  C:\n    - x\n    - y: z\n").root
    assert root.lines == {"A": 2}
    assert root["A"].lines == {"B": 3, "C": 4}
    assert root["A"]["C"].lines == [5, 6]


def test_a_comment_between_a_tag_and_its_text_is_one_and_what_an_alias_repeats_is_none() -> None:
    text = b"A: !Sub # why\n  'x # y'\nB: &b !Sub # this\n  # too\n  z\nC: *b # again\nD: {k: &d '# e'}\nF: [*d]\n"
    assert {line: comment.text for line, comment in load(text).comments.items()} == {
        1: " why",
        3: " this",
        4: " too",
        6: " again",
    }


def test_comments_keep_their_lines() -> None:
    comments = load(b"# one\n# two\nA: 1  # beside\nB: |\n  # text\nC: 2\n# end\n").comments
    assert {line: (comment.text, comment.alone) for line, comment in comments.items()} == {
        1: (" one", True),
        2: (" two", True),
        3: (" beside", False),
        7: (" end", True),
    }


def test_of_a_key_that_stands_twice_the_last_counts_as_at_cloudformation() -> None:
    document = load(b"a: 1\nb:\n  - {c: 1, c: 2}\na: 3\n")
    assert document.root == {"a": 3, "b": [{"c": 2}]}
    assert document.root.lines["a"] == 4
    assert [(found.path, found.line, found.first) for found in document.repeated] == [
        (("b", "-", "c"), 3, 3),
        (("a",), 4, 1),
    ]


@pytest.mark.parametrize(
    "text", ["a: !X b\t\nc: 1", "a: !X b \t\t# c\nc: 1", "a:\t!X b\nc:\t1\t", "a:\t\n  !X b\t\nc: 1\t\n"]
)
def test_a_tab_between_two_tokens_is_white_space(text: str) -> None:
    assert load(text.encode()).root == {"a": {"Fn::X": "b"}, "c": 1}


def test_a_tab_in_a_text_stays_while_one_outside_is_none() -> None:
    root = load(b"a: |\n  x\t\n  \ty # z\t# \nb: 'p\tq'\t\n").root
    assert root == {"a": "x\t\n\ty # z\t# \n", "b": "p\tq"}


def test_tabs_without_end_cost_no_time() -> None:
    assert "neither valid" in str(refused(b"a: b\t\n" * 20_000 + b"]"))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{\n  // what it is for\n  "Resources": {"T": {"Type": "Custom::T"}}\n}', 2),
        ('{"Resources": {"T": {"Type": "Custom::T"}},\n\n/* one\n more */ "Outputs": {}}', 3),
        (
            '{"Description": "http://x", "Resources": {"T": {"Type": "Custom::T"}, // one\n"U": {}}}',
            1,
        ),
    ],
)
def test_json_with_comments_is_refused_for_that_reason(text: str, line: int) -> None:
    with pytest.raises(TemplateError, match="JSON with comments") as refused:
        load(text.encode())
    assert refused.value.line == line


@pytest.mark.parametrize(
    "text", ['{"A": "http://x /* no comment */"}', "{A: http://x}", "{A: b} # a comment of YAML's"]
)
def test_what_only_looks_like_a_comment_is_none(text: str) -> None:
    assert "A" in load(text.encode()).root


def test_what_has_far_too_much_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "_MAX_NODES", 10)
    error = refused(b"a:\n- 1\n- 2\n- [1, 2, 3, 4, 5, 6]\n- [")
    assert error.line == 4
    assert "more than 100000 values" in error.problem
