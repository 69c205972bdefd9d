"""The style is what was asked for, or what can be seen; and it is said why."""

import pytest

from customresource_bridge.errors import ConfigurationError
from customresource_bridge.provider.ending import Loaded
from customresource_bridge.provider.style import HandlerStyle, Style, recognise


@pytest.mark.parametrize("name", ["zones:on_event", "zones.onEvent", "src/app/zones.on_event"])
def test_a_handler_of_the_cdk_is_known_by_its_name(name: str) -> None:
    found = recognise(name, asked=None, is_complete=None)
    assert (found.style, found.is_complete) == (Style.CDK, None)
    assert found.why.startswith("it is named on")


def test_what_stands_beside_it_is_asked_too() -> None:
    found = recognise("src/zones.on_event", asked=None, is_complete=None, seen=Loaded(("is_complete",)))
    assert found.is_complete == "src/zones:is_complete"
    assert str(found) == "style cdk (since it is named on_event), asked src/zones:is_complete until it is complete"


@pytest.mark.parametrize("asked", [None, Style.CDK])
def test_none_is_asked_where_that_is_said(asked: Style | None) -> None:
    found = recognise("zones:on_event", asked=asked, is_complete="none", seen=Loaded(("is_complete",)))
    assert (found.style, found.is_complete) == (Style.CDK, None)


def test_an_is_complete_makes_any_handler_one_of_the_cdk() -> None:
    found = recognise("zones:handler", asked=None, is_complete="zones:ready", seen=Loaded(("is_complete",)))
    assert (found.style, found.is_complete, found.why) == (Style.CDK, "zones:ready", "--is-complete is given")


def test_without_a_sign_it_is_lambda_s() -> None:
    assert recognise("zones:handler", asked=None, is_complete=None, seen=Loaded(("is_complete",))) == HandlerStyle(
        style=Style.LAMBDA
    )
    assert str(HandlerStyle(style=Style.LAMBDA)) == "style lambda"


def test_what_was_asked_for_counts() -> None:
    assert (
        recognise("zones:on_event", asked=Style.LAMBDA, is_complete=None, seen=Loaded(("is_complete",))).is_complete
        is None
    )
    asked = recognise("zones:handler", asked=Style.CDK, is_complete=None, seen=Loaded(("isComplete",)))
    assert (asked.style, asked.is_complete) == (Style.CDK, "zones:isComplete")
    with pytest.raises(ConfigurationError, match="--style cdk"):
        recognise("zones:handler", asked=Style.LAMBDA, is_complete="zones:ready")


def test_a_handler_of_crhelper_s_is_known_by_its_object() -> None:
    found = recognise("zones:handler", asked=None, is_complete=None, seen=Loaded(crhelper=True, polls_every=60.0))
    assert str(found) == "style crhelper (since crhelper serves it), called again until it is complete"
    asked = recognise("zones:handler", asked=Style.CRHELPER, is_complete=None, seen=Loaded(crhelper=True))
    assert asked == HandlerStyle(style=Style.CRHELPER)
    assert recognise("zones:on_event", asked=None, is_complete=None, seen=Loaded(crhelper=True)).style is Style.CDK
    assert (
        recognise("zones:handler", asked=Style.LAMBDA, is_complete=None, seen=Loaded(crhelper=True)).style
        is Style.LAMBDA
    )


def test_what_crhelper_does_not_serve_is_not_its_style() -> None:
    with pytest.raises(ConfigurationError, match="no CfnResource"):
        recognise("zones:handler", asked=Style.CRHELPER, is_complete=None)
    with pytest.raises(ConfigurationError, match="--style cdk"):
        recognise("zones:handler", asked=Style.CRHELPER, is_complete="zones:ready", seen=Loaded(crhelper=True))
