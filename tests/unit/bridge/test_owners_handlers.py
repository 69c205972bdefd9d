"""Whose authority a request is handled with: its owner's, where it says whose stack it is."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import golden

from customresource_bridge.bridge.owners_handlers import OwnersHandlers
from customresource_bridge.bridge.project import Project

ANY: Any = SimpleNamespace()


def entry(owner_id: str | None) -> Any:
    request = golden.request("create")
    return SimpleNamespace(request=replace(request, extras=replace(request.extras, owner_id=owner_id)))


def project(**more: Any) -> Project:
    return Project(id="p", zaqar=ANY, mistral="the project's", heat=ANY, response_urls=ANY, **more)  # type: ignore[arg-type]


def handlers(of: Project, *, most: int = 8) -> OwnersHandlers:
    return OwnersHandlers(of, lambda given: SimpleNamespace(mistral=given.mistral), most=most)  # type: ignore[arg-type, return-value]


def mistral(of: OwnersHandlers, about: Any) -> Any:
    found: Any = of.handler(about)
    return found.mistral


def test_each_owner_s_requests_are_handled_as_that_owner_by_one_handler() -> None:
    made = handlers(project(mistral_of=lambda owner_id: f"{owner_id}'s"))
    assert [mistral(made, entry(name)) for name in ("alice", "bob")] == ["alice's", "bob's"]
    assert made.handler(entry("alice")) is made.handler(entry("alice"))


def test_a_request_that_names_no_owner_or_cannot_be_read_is_the_project_s() -> None:
    made = handlers(project(mistral_of=lambda owner_id: f"{owner_id}'s"))
    assert mistral(made, entry(None)) == "the project's"
    assert mistral(made, SimpleNamespace(request=None)) == "the project's"


def test_a_tenant_s_own_bridge_acts_as_its_one_user() -> None:
    assert mistral(handlers(project()), entry("alice")) == "the project's"


def test_made_up_owners_do_not_add_up() -> None:
    opened: list[str] = []

    def mistral_of(owner_id: str) -> Any:
        opened.append(owner_id)
        return owner_id

    made = handlers(project(mistral_of=mistral_of), most=2)
    for name in ("a", "b", "c", "c", "a"):
        assert mistral(made, entry(name)) == name
    assert opened == ["a", "b", "c", "a"]
