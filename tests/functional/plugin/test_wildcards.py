"""Users' own mappings of Custom::Something, and other plug-ins' exact types, work as if ours were not there."""

import json
from typing import Any

from functional.plugin.situations import World
from functional.plugin.stacks import custom, hot

OWN = {
    "heat_template_version": "2021-04-16",
    "parameters": {"size": {"type": "number"}},
    "resources": {"v": {"type": "OS::Heat::Value", "properties": {"value": {"get_param": "size"}}}},
    "outputs": {"doubled": {"value": {"get_attr": ["v", "value"]}}},
}


def test_a_users_own_template_under_a_custom_name(w: World) -> None:
    template = hot(
        {
            "ours": custom(w.handler.token),
            "own": {"type": "Custom::Own", "properties": {"size": 7}},
            "none": {"type": "Custom::Nothing", "properties": {"any": "thing"}},
        },
        {"doubled": {"get_attr": ["own", "doubled"]}},
    )
    environment: dict[str, Any] = {
        "resource_registry": {"Custom::Own": "own.yaml", "Custom::Nothing": "OS::Heat::None"}
    }
    kwargs = {"environment": environment, "files": {"own.yaml": json.dumps(OWN)}}
    stack = w.stacks.create(template, **kwargs).wait("CREATE_COMPLETE")
    assert stack.outputs() == {"doubled": 7}
    template["resources"]["own"]["properties"]["size"] = 8
    stack.update(template, **kwargs).wait("UPDATE_COMPLETE")
    assert stack.outputs() == {"doubled": 8}
    # And again without the environment of before being given anew: Heat keeps it with the stack.
    template["resources"]["own"]["properties"]["size"] = 9
    stack.update(template, existing=True).wait("UPDATE_COMPLETE")
    assert stack.outputs() == {"doubled": 9}
    assert w.handler.sequence() == ["Create ours"]
