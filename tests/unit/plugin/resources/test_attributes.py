"""What a resource shows: to functions, to readers, masked or not, as texts or not."""

from types import SimpleNamespace
from typing import Any, Self

import pytest
from heat.common import exception
from heat_tables import Tables
from plugin_parts import NOW, pending

from customresource_bridge.plugin.lifecycle.lease import Lease
from customresource_bridge.plugin.lifecycle.spec import Spec
from customresource_bridge.plugin.lifecycle.state import PhysicalResource, State
from customresource_bridge.plugin.resources.attributes import Attributes

DATA = {"Port": 5432, "Tls": True, "Nested": {"List": [1, "two"]}, "Null": None}


class Shown(Attributes):
    name = "db"

    def __new__(cls, *_args: Any, **_kwargs: Any) -> Self:
        return object.__new__(cls)  # Heat's own looks for the class in a stack's environment

    def __init__(self, data: Any = None, *, no_echo: bool = False, texts: bool = True) -> None:
        spec = Spec(resource_type="T")
        thing = PhysicalResource(physical_resource_id="id-1", spec=spec, data=data or {}, no_echo=no_echo)
        self.state_known = State() if data is None else State(current=thing)
        self.texts = texts

    def state_now(self) -> State:
        return self.state_known

    def texts_only(self) -> bool:
        return self.texts


class Asked(Shown):
    """A resource with a row, for whose project Mistral has no execution."""

    def __init__(self) -> None:
        super().__init__()
        self.tables = Tables()
        self.id, self.context = self.tables.row(), self.tables.context

    @property
    def ref(self) -> Any:
        return self.tables.ref(self.id, mistral=lambda **_patience: SimpleNamespace(glance=lambda _id: None))


def test_functions_get_texts_where_the_handler_got_texts() -> None:
    shown = Shown(DATA)
    assert (shown.FnGetAtt("Port"), shown.FnGetAtt("Tls"), shown.FnGetAtt("Null")) == ("5432", "true", None)
    assert shown.FnGetAtt("Nested", "List", 0) == "1"
    assert shown.FnGetAtt("Nested") == {"List": ["1", "two"]}
    assert Shown(DATA, texts=False).FnGetAtt("Port") == 5432


def test_all_of_data_is_shown_under_heat_s_name_and_ours_unless_data_has_such_a_key() -> None:
    assert Shown(DATA, texts=False).FnGetAtt("show") == DATA
    assert Shown(DATA, texts=False).FnGetAtt("data") == DATA
    assert Shown({"show": 7}).FnGetAtt("show") == "7"


def test_a_key_that_is_not_there_is_named() -> None:
    with pytest.raises(exception.InvalidTemplateAttribute, match=r"\(db Prot\)"):
        Shown(DATA).FnGetAtt("Prot")


def test_where_nothing_was_made_there_is_nothing() -> None:
    assert Shown().FnGetAtt("show") is None
    assert Shown()._show_resource() is None


def test_a_key_of_data_comes_before_our_own_attribute() -> None:
    assert Shown({"request": 7}).FnGetAtt("request") == "7"
    assert Shown({"request": 7})._resolve_attribute("request") == "7"


def test_the_request_is_shown_of_a_row_that_asked() -> None:
    shown = Asked()
    assert shown._resolve_attribute("request") is None
    lease = Lease(request_id="r", posts=1, next_post_at=NOW, expires_at=NOW)
    shown.tables.remember(shown.id, State(pending=pending()), lease)
    assert shown._resolve_attribute("request")["stage"] == "asked"
    assert shown.FnGetAtt("request", "type") == "Update"
    with pytest.raises(exception.InvalidTemplateAttribute):
        shown.FnGetAtt("request", "tpye")


def test_readers_see_masks_where_no_echo_is_set_and_functions_the_values() -> None:
    shown = Shown(DATA, no_echo=True)
    assert shown.FnGetAtt("Port") == "5432"
    assert shown._resolve_attribute("Port") == "****"
    assert set(shown._show_resource().values()) == {"****"}
    assert Shown(DATA)._show_resource() == {
        "Port": "5432",
        "Tls": "true",
        "Nested": {"List": ["1", "two"]},
        "Null": None,
    }
