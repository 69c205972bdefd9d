"""Properties of any name. ``make unit-plugin``."""

from heat.engine import properties

from customresource_bridge.plugin.resources.properties import schema


class Properties:
    properties_schema = schema.AnyProperties({"ServiceToken": properties.Schema(properties.Schema.STRING)})

    def property_names(self) -> list[str]:
        return ["ServiceToken", "Anything"]


def test_the_class_shows_the_fixed_properties_and_an_instance_all_it_has() -> None:
    assert set(Properties.properties_schema) == {"ServiceToken"}
    assert Properties().properties_schema["Anything"].type == properties.Schema.ANY
    assert Properties().properties_schema["Anything"].update_allowed
