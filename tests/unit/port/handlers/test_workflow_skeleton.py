import pytest
import yaml

from customresource_bridge.port.handlers.workflow_skeleton import workflow_skeleton


def test_the_three_phases_answer_with_what_the_template_reads() -> None:
    workflow = yaml.safe_load(workflow_skeleton("zone", {"Name": "n"}, ["Id.X", "Serial"]))["zone"]
    assert workflow["input"] == ["request"]
    assert set(workflow["tasks"]) == {"phase", "create", "update", "delete"}
    assert workflow["tasks"]["create"]["publish"]["data"] == {"Id": "the Id", "Serial": "the Serial"}
    assert workflow["tasks"]["delete"]["publish"]["data"] == {}


@pytest.mark.parametrize("text", ["a\n    b: 1", "<% $.x %>", "{{ x }}", "x" * 1000, "\x1b[31m\u2028"])
def test_no_property_leaves_its_comment(text: str) -> None:
    plain = workflow_skeleton("w", {}, [])
    added = [line for line in workflow_skeleton("w", {text: text}, []).splitlines() if line not in plain.splitlines()]
    assert len(added) == 1
    assert added[0].startswith("    # request.ResourceProperties.")
    assert added[0].isprintable()
    assert not any(mark in added[0] for mark in ("<%", "%>", "{{", "}}"))
    assert len(added[0]) < 200


@pytest.mark.parametrize("name", ["<% env() %>", "{{ x }}", "{% x %}", "'\\n  evil: 1", "\u2028", "\x1b[31m"])
def test_no_attribute_is_an_expression_or_leaves_its_place(name: str) -> None:
    text = workflow_skeleton("w", {}, [name])
    (data,) = yaml.safe_load(text)["w"]["tasks"]["create"]["publish"]["data"].items()
    assert not any(mark in "".join(data) for mark in ("<%", "%>", "{{", "}}", "{%", "%}"))
    assert len(text.splitlines()) == len(workflow_skeleton("w", {}, []).splitlines())
    assert all(line.isprintable() for line in text.splitlines())
