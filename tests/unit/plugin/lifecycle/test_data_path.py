import pytest

from customresource_bridge.plugin.lifecycle.data_path import find, value

DATA = {
    "Name": "n",
    "Nested": {"a": {"k": [{"x": 1}, 2]}, "d.e": 3},
    "with.dot": 4,
    "with": {"dot": 5, "more": {"z": 6}},
    "null": None,
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["Name"], "n"),
        (["Nested", "a", "k", 1], 2),
        (["Nested", "a", "k", "0", "x"], 1),
        (["Nested.a.k.1"], 2),
        (["Nested.d.e"], 3),
        (["Nested", "d.e"], 3),
        (["with.dot"], 4),
        (["with", "dot"], 5),
        (["with.more.z"], 6),
        (["null"], None),
        (["data"], DATA),
        (["data", "Name"], "n"),
        (["show"], DATA),
        (["show", "Name"], "n"),
    ],
)
def test_what_is_there_is_found(path: list[object], value: object) -> None:
    assert find(DATA, path) == value


@pytest.mark.parametrize(
    "path", [["name"], ["Nested", "b"], ["Nested", "a", "k", 2], ["Name", "x"], ["Nested.a.z"], [""]]
)
def test_what_is_not_there_is_an_error(path: list[object]) -> None:
    with pytest.raises(KeyError):
        find(DATA, path)


@pytest.mark.parametrize("key", ["data", "show"])
def test_a_key_called_data_or_show_is_that_key(key: str) -> None:
    assert find({key: 1, "other": 2}, [key]) == 1


def test_functions_get_texts_or_the_values_themselves() -> None:
    assert value(DATA, ["Nested", "a", "k"], texts=True) == [{"x": "1"}, "2"]
    assert value(DATA, ["Nested", "a", "k"], texts=False) == [{"x": 1}, 2]
    assert value(DATA, ["null"], texts=True) is None
