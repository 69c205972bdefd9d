"""A ported template means in Heat what it meant at CloudFormation: both are evaluated, over generated templates."""

from collections.abc import Mapping
from typing import Any

import cloudformation_templates
from cloudformation_values import Evaluation, RefusedError
from heat_values import PSEUDO, Resolution, in_hot
from hypothesis import HealthCheck, assume, given, settings

from customresource_bridge.port.report import Level

RUNS = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@RUNS
@given(template=cloudformation_templates.templates(), parameters=cloudformation_templates.GIVEN)
def test_heat_resolves_what_cloudformation_does(template: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
    expected = Evaluation(template, parameters, PSEUDO)
    try:
        wanted = expected.conditions(), expected.resources(), expected.outputs()
    except RefusedError:
        assume(False)
    hot, report = in_hot(template)
    assert [finding for finding in report if finding.level is not Level.NOTE] == []
    found = Resolution(hot, parameters)
    assert (found.conditions(), found.resources(), found.outputs()) == wanted
