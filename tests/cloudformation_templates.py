"""Hypothesis' strategies for CloudFormation templates whose values are made of every intrinsic function."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

MAPPINGS = {
    "M": {
        "one": {"x": "mapped x", "y": ["y0", "y1"], "n": 7},
        "p": {"x": "mapped p", "y": ["p0"], "n": True},
    }
}
PARAMETERS = {
    "P": {"Type": "String"},
    "Q": {"Type": "String", "Default": "one"},
    "N": {"Type": "Number", "Default": 1},
    "I": {"Type": "String", "Default": "0"},
    "L": {"Type": "CommaDelimitedList", "Default": "a,b,c"},
}
_LETTERS = st.text(alphabet="ab1-,:.${}%'\"\\ \u00e9\n", max_size=6)
_WORDS = st.sampled_from(["one", "p", "x", "${P}", "$", "number", "%json%", "true", "012", "a,b", ""])
LITERALS = st.one_of(_WORDS, _LETTERS)
GIVEN = st.fixed_dictionaries(
    {
        "P": st.one_of(st.sampled_from(["p", "one", "x", "${Q}", ""]), _LETTERS),
        "Q": st.sampled_from(["one", "p", "other", "a-b"]),
        "N": st.sampled_from([0, 1, 3, -2, 1.5]),
        "I": st.sampled_from(["0", "1"]),
        "L": st.lists(st.text(alphabet="ab1$.", min_size=1, max_size=3), min_size=1, max_size=4),
    }
)
"""Values for the parameters."""
_SEPARATORS = st.sampled_from([",", "-", "", ":", ", "])
_PSEUDO = ("AWS::Region", "AWS::StackName", "AWS::AccountId", "AWS::Partition", "AWS::URLSuffix")
_CONDITIONS = ("C1", "C2", "C3")


class Expressions:
    """Strategies for values in one place of a template.

    :param conditions: which conditions Fn::If may name.
    :param resources: whether it may refer to resources, which conditions may not.
    """

    def __init__(self, conditions: tuple[str, ...], *, resources: bool) -> None:
        self.conditions = conditions
        names = ["P", "Q", "N", "I", *_PSEUDO, *(["Other"] if resources else [])]
        self.attributes = ["A", "B.C"] if resources else []
        self._refs = st.sampled_from(names)
        self._variables = st.sampled_from([*names, *(f"Other.{name}" for name in self.attributes), "!Literal", "own"])
        self.texts = st.deferred(lambda: self._texts())  # noqa: PLW0108 - hypothesis wants a function
        self.lists = st.deferred(lambda: self._lists())  # noqa: PLW0108 - hypothesis wants a function

    def _leaves(self) -> st.SearchStrategy[Any]:
        refs = self._refs.map(lambda name: {"Ref": name})
        scalars = st.one_of(LITERALS, st.integers(0, 3), st.booleans())
        if not self.attributes:
            return st.one_of(refs, scalars)
        attributes = st.sampled_from(self.attributes).map(lambda name: {"Fn::GetAtt": ["Other", name]})
        return st.one_of(refs, scalars, attributes)

    def _texts(self) -> st.SearchStrategy[Any]:
        return st.one_of(
            self._leaves(),
            self._leaves(),
            st.tuples(_SEPARATORS, self.lists).map(lambda pair: {"Fn::Join": [*pair]}),
            self._subs(),
            st.tuples(st.sampled_from([0, 1, "1", {"Ref": "I"}, {"Ref": "N"}]), self.lists).map(
                lambda pair: {"Fn::Select": [*pair]}
            ),
            self._found("x", "n"),
            LITERALS.map(lambda literal: {"Fn::Base64": literal}),
            self.lists.map(lambda items: {"Fn::Length": items}),
            self._chosen(self.texts, self.texts),
        )

    def _lists(self) -> st.SearchStrategy[Any]:
        items = st.one_of(self.texts, self._chosen(self.texts, st.just({"Ref": "AWS::NoValue"})))
        lists = [
            st.lists(items, min_size=1, max_size=3),
            st.just({"Ref": "L"}),
            st.tuples(st.sampled_from(list(",-:.")), self.texts).map(lambda pair: {"Fn::Split": [*pair]}),
            self._found("y"),
            self._chosen(self.lists, self.lists),
            st.integers(1, 3).map(lambda count: {"Fn::Cidr": ["10.0.0.0/22", count, "6"]}),
        ]
        return st.one_of(*lists, *([st.just({"Fn::GetAtt": ["Other", "AList"]})] if self.attributes else []))

    def _subs(self) -> st.SearchStrategy[Any]:
        pieces = st.lists(
            st.one_of(LITERALS.map(_plain), self._variables.map(lambda name: "${" + name + "}")), max_size=4
        )
        with_own = st.tuples(pieces.map("".join), self.texts)
        return with_own.map(lambda pair: {"Fn::Sub": [pair[0], {"own": pair[1]}]})

    def _found(self, *second: str) -> st.SearchStrategy[Any]:
        first = st.one_of(st.sampled_from(["one", "p"]), st.sampled_from([{"Ref": "P"}, {"Ref": "Q"}]))
        keys = st.tuples(first, st.sampled_from([*second, {"Ref": "P"}]) if "y" not in second else st.just("y"))
        defaults = self.texts if "y" not in second else self.lists
        return st.tuples(keys, st.one_of(st.none(), defaults)).map(
            lambda pair: {"Fn::FindInMap": ["M", *pair[0], *([] if pair[1] is None else [{"DefaultValue": pair[1]}])]}
        )

    def _chosen(self, yes: st.SearchStrategy[Any], no: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        if not self.conditions:
            return yes
        choices = st.tuples(st.sampled_from(self.conditions), yes, no, st.booleans())
        return choices.map(lambda one: {"Fn::If": [one[0], *(one[1:3] if one[3] else (one[2], one[1]))]})

    def values(self) -> st.SearchStrategy[Any]:
        """Return whole properties: texts, lists, maps, and JSON made of them."""
        maps = st.dictionaries(st.sampled_from(["k", "K2", "if", "Ref2"]), self._chosen_away(self.texts), max_size=2)
        return st.one_of(
            self.texts, self.lists, maps, st.one_of(maps, self.lists).map(lambda value: {"Fn::ToJsonString": value})
        )

    def _chosen_away(self, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return st.one_of(values, self._chosen(values, st.just({"Ref": "AWS::NoValue"})))


def _plain(literal: str) -> str:
    return literal.replace("${", "$ {")


def _tests(names: tuple[str, ...]) -> st.SearchStrategy[Any]:
    sides = Expressions(names, resources=False).texts
    equals = st.tuples(sides, sides).map(lambda pair: {"Fn::Equals": [*pair]})
    leaves = [equals, *([st.sampled_from(names).map(lambda name: {"Condition": name})] if names else [])]
    return st.recursive(
        st.one_of(*leaves),
        lambda inner: st.one_of(
            inner.map(lambda one: {"Fn::Not": [one]}),
            st.tuples(st.sampled_from(["Fn::And", "Fn::Or"]), st.lists(inner, min_size=2, max_size=3)).map(
                lambda pair: {pair[0]: pair[1]}
            ),
        ),
        max_leaves=3,
    )


@st.composite
def templates(draw: st.DrawFn) -> Mapping[str, Any]:
    """Draw a template: conditions upon conditions, a resource of each kind of value, and outputs of them."""
    conditions = {name: draw(_tests(_CONDITIONS[:number])) for number, name in enumerate(_CONDITIONS)}
    values = Expressions(_CONDITIONS, resources=True).values()
    properties = {"ServiceToken": "mistral:w", "V": draw(values), "W": draw(values)}
    return {
        "Parameters": PARAMETERS,
        "Mappings": MAPPINGS,
        "Conditions": conditions,
        "Resources": {
            "Other": {"Type": "Custom::Other", "Properties": {"ServiceToken": "mistral:w"}},
            "Thing": {"Type": "Custom::Thing", "Properties": properties},
            "Some": {"Type": "Custom::Some", "Condition": "C2", "Properties": {"ServiceToken": "mistral:w"}},
        },
        "Outputs": {"O": {"Value": draw(values)}, "OnlyIf": {"Value": "shown", "Condition": "C3"}},
    }
