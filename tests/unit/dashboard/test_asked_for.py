import pytest

from customresource_bridge.dashboard.asked_for import choices, selection
from customresource_bridge.visibility.reading import Which


@pytest.mark.parametrize(
    ("said", "which"), [("", Which.ALL), ("in flight", Which.IN_FLIGHT), ("failed", Which.FAILED), ("x", Which.ALL)]
)
def test_an_address_names_which_requests(said: str, which: Which) -> None:
    assert selection({"which": said}, all_projects=False).which is which
    assert [one.value for one in choices({"which": said}) if one.chosen] == [str(which)]


def test_a_stack_is_one_of_the_project() -> None:
    assert selection({"stack": " hello "}, all_projects=False).stack == "hello"
    everywhere = selection({"stack": "hello"}, all_projects=True)
    assert (everywhere.stack, everywhere.all_projects) == ("", True)
