import pytest

from customresource_bridge.plugin.resources.data_path import find

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


def test_a_key_called_data_is_that_key() -> None:
    assert find({"data": 1}, ["data"]) == 1
