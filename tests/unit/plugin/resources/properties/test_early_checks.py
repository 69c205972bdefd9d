"""Mistakes of writing that a template's validation meets. ``make unit-plugin``."""

import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from heat.common import exception

from customresource_bridge.plugin.lifecycle.spec import PhaseWorkflow, Spec
from customresource_bridge.plugin.resources.properties import early_checks

KNOWN = ("ServiceToken", "ServiceTimeout")
NEW = SimpleNamespace(current_traversal=None, owner_id=None)


def check_names(kind: str, given: list[str], stack: Any = NEW) -> None:
    early_checks.check_names(stack, kind, given=given, known=KNOWN)


@pytest.mark.parametrize(
    ("given", "meant"),
    [(["serviceToken"], "ServiceToken"), (["ServiceToken", "ServiceTimeOut"], "ServiceTimeout")],
)
def test_a_property_that_is_ours_but_for_its_case_is_refused(given: list[str], meant: str) -> None:
    with pytest.raises(exception.StackValidationFailed, match=f"did you mean {meant}"):
        check_names("Custom::T", given)


@pytest.mark.parametrize("kind", ["Custom::Foo.Bar", "Custom::", "Custom::a b", "Custom::" + "x" * 61, "Custom::T\n"])
def test_a_type_s_name_is_as_at_aws(kind: str) -> None:
    with pytest.raises(exception.StackValidationFailed, match="up to 60 letters"):
        check_names(kind, [])


def test_any_other_name_is_the_handler_s_own() -> None:
    check_names("Custom::My_Type@2-b", ["ServiceToken", "servicetoken", "Port"])
    check_names("My::Company::Dns.Zone", ["Token"])


@pytest.mark.parametrize("more", [{"current_traversal": "op"}, {"owner_id": "parent"}])
def test_a_name_from_before_it_was_refused_keeps_no_stack_from_its_updates(more: dict[str, str]) -> None:
    stack = SimpleNamespace(**{**vars(NEW), **more})
    check_names("Custom::Foo.Bar", ["servicetoken"], stack)


class Template:
    """A stack with one resource, as far as it is asked about."""

    def __init__(self, spec: Spec | Exception, *, needs: tuple[str, ...] = (), others: tuple[str, ...] = ()) -> None:
        self.spec_given = spec
        types = {"a": "Custom::T", **{kind: kind for kind in others}}
        defn = SimpleNamespace(
            enabled_rsrc_names=lambda: set(types),
            resource_definition=lambda name: SimpleNamespace(resource_type=types[name]),
        )
        self.stack = SimpleNamespace(current_traversal=None, owner_id=None, defn=defn)
        self.t = SimpleNamespace(required_resource_names=lambda: set(needs))
        self.name, self.properties = "a", None
        self.looked_for: list[tuple[str, str | None]] = []
        self.ref = SimpleNamespace(project_id=str(uuid.uuid4()), mistral=lambda **_patience: self)

    def spec(self, _definition: Any, _props: Any) -> Spec:
        if isinstance(self.spec_given, Exception):
            raise self.spec_given
        return self.spec_given

    def has_workflow(self, workflow: str, *, namespace: str | None) -> bool:
        """Answer as Mistral's client does."""
        self.looked_for.append((workflow, namespace))
        return (workflow, namespace) in {("greet", None), ("make", "n")}

    def workflow_names(self) -> list[str]:
        """Answer as Mistral's client does."""
        return ["greet"]


def token(text: str) -> Spec:
    return Spec(resource_type="T", service_token=text)


def test_a_token_in_no_form_that_is_likely_meant_is_refused_without_its_signature() -> None:
    with pytest.raises(exception.StackValidationFailed, match="did you mean mistral:greet") as caught:
        early_checks.check_handler(Template(token("mistrall:greet?x=secret")))
    assert "secret" not in str(caught.value)


def test_a_new_stack_s_workflow_must_be_there() -> None:
    with pytest.raises(exception.StackValidationFailed, match=r"a: .*did you mean 'greet'"):
        early_checks.check_handler(Template(token("mistral:gret")))
    phases = {"create": PhaseWorkflow(workflow="make", namespace="n")}
    template = Template(Spec(resource_type="T", workflows=phases))
    early_checks.check_handler(template)
    assert template.looked_for == [("make", "n")]


@pytest.mark.parametrize("text", ["zaqar:q", "arn:aws:lambda:1:2:function:f", "", "mistral:"])
def test_what_names_no_workflow_is_not_looked_for(text: str) -> None:
    template = Template(token(text))
    early_checks.check_handler(template)
    assert template.looked_for == []


@pytest.mark.parametrize(
    "template",
    [
        Template(token("mistral:gret"), needs=("workflow",)),
        Template(token("mistral:gret"), others=("OS::Mistral::Workflow",)),
        Template(ValueError("a parameter without a value")),
    ],
)
def test_what_the_stack_may_be_about_to_make_is_not_looked_for(template: Template) -> None:
    early_checks.check_handler(template)
    assert template.looked_for == []


@pytest.mark.parametrize("more", [{"current_traversal": "op"}, {"owner_id": "parent"}])
def test_a_stack_that_is_there_or_a_part_of_another_is_not_kept_from_going_on(more: dict[str, str]) -> None:
    template = Template(token("mistral:gret"))
    vars(template.stack).update(more)
    early_checks.check_handler(template)
    assert template.looked_for == []
