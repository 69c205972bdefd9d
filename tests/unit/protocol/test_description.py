import pytest

from customresource_bridge.protocol import Identity, RequestType, description

RID, BEFORE = "3a715364-affe-46d0-a114-7dc2cc80fda8", "9b1f3c52-9a52-4c4e-8f5e-0e8e6f6ad001"
NAMED = f"heat-cr Delete {RID} of dns in www after {BEFORE}"


def identity(name: str = "dns", stack: str = "www") -> Identity:
    return Identity(stack_id=f"arn:openstack:heat::p:stacks/{stack}/51b8", request_id=RID, logical_resource_id=name)


def test_it_names_phase_request_resource_and_stack() -> None:
    assert description.describe(identity(), "Create") == f"heat-cr Create {RID} of dns in www"
    assert description.describe(identity(), "Delete", previous=BEFORE) == NAMED


@pytest.mark.parametrize("text", [NAMED, NAMED.replace(" of dns in www", "")])
def test_what_is_written_is_read_in_this_form_and_in_the_one_before(text: str) -> None:
    assert description.is_of(text, RequestType.DELETE, RID)
    assert not description.is_of(text, RequestType.CREATE, RID)
    assert not description.is_of(text, RequestType.DELETE, RID[:-1])
    assert (description.phase_in(text), description.request_in(text)) == ("Delete", RID)
    assert description.predecessor_in(text) == BEFORE


@pytest.mark.parametrize("text", ["", "backup of the night", f"heat-cr Suspend {RID} of a in b"])
def test_of_any_other_execution_nothing_is_made_up(text: str) -> None:
    assert (description.phase_in(text), description.request_in(text)) == (None, None)
    assert description.predecessor_in(text) is None


def test_no_name_makes_it_too_long_or_reads_as_an_ending() -> None:
    text = description.describe(identity(f"x after {BEFORE}", "s" * 255), "Create")
    assert description.predecessor_in(text) is None
    text = description.describe(identity("n" * 255, "s" * 255), "Delete", previous=BEFORE)
    assert len(text) <= description.LONGEST
    assert description.predecessor_in(text) == BEFORE


def test_its_letters_are_such_as_every_database_takes() -> None:
    assert "\U0001f600" not in description.describe(identity("a\U0001f600\n"), "Create")


def test_the_names_in_it_are_read() -> None:
    assert description.names_in(NAMED) == ("dns", "www")
    assert description.names_in(f"heat-cr Create {RID}") == ("", "")


def test_the_author_s_own_words_are_no_part_of_a_name() -> None:
    text = f"{description.describe(identity(), 'Create')}: one of many in a row"
    assert description.names_in(text) == ("dns", "www")


def test_a_description_is_of_the_resource_that_it_names_and_of_any_where_it_names_none() -> None:
    said = description.describe(identity("my dns"), "Create")
    assert description.may_be_of(said, "my dns")
    assert not description.may_be_of(said, "my ftp")
    assert description.may_be_of(f"heat-cr Create {RID}", "my ftp")


def test_a_name_that_was_cut_is_known_by_its_beginning() -> None:
    assert description.may_be_of(description.describe(identity("d" * 250), "Create"), "d" * 250)
