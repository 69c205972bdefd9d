import argparse
import csv
import io
import json
from typing import Any

import pytest
import yaml

from customresource_bridge import errors
from customresource_bridge.cmd.arguments import add_format
from customresource_bridge.cmd.lists import listed

HEADINGS = {"name": "Name", "set_aside_at": "Set aside at", "ok": "Result"}
ROWS: list[tuple[Any, ...]] = [("a", None, True), ("b\x1b[31m", "now", False)]


def printed(*words: str, rows: list[tuple[Any, ...]] = ROWS, **more: Any) -> str:
    parser = argparse.ArgumentParser()
    add_format(parser)
    return listed(parser.parse_args(words), HEADINGS, rows, **more)


def test_a_script_reads_the_same_values_in_each_format() -> None:
    objects = [
        {"name": "a", "set_aside_at": None, "ok": True},
        {"name": ROWS[1][0], "set_aside_at": "now", "ok": False},
    ]
    assert json.loads(printed("-f", "json")) == objects
    assert yaml.safe_load(printed("-f", "yaml")) == objects
    first, second = csv.DictReader(io.StringIO(printed("-f", "csv")))
    assert (first["name"], first["set_aside_at"], second["ok"]) == ("a", "", "False")
    assert printed("-f", "value").splitlines() == ["a  True", "b?[31m now False"]


def test_columns_are_chosen_by_either_of_their_names() -> None:
    assert printed("-f", "value", "-c", "Set aside at", "-c", "name").splitlines() == [" a", "now b?[31m"]
    shown = [("a", "-", "ok"), ("b", "now", "WRONG")]
    assert printed("-c", "ok", shown=shown).split() == ["Result", "ok", "WRONG"]


def test_an_unknown_column_is_an_error_that_names_the_others() -> None:
    with pytest.raises(errors.ConfigurationError, match="no column 'colour': -c takes name, set_aside_at, ok"):
        printed("-c", "colour")


@pytest.mark.parametrize(
    ("words", "said"),
    [([], "none"), (["-f", "json"], "[]"), (["-f", "yaml"], "[]"), (["-f", "value"], ""), (["-c", "ok"], "none")],
)
def test_a_list_of_nothing_says_so(words: list[str], said: str) -> None:
    assert printed(*words, rows=[]) == said
