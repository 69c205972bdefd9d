"""A ported template means in Heat what it meant at CloudFormation: both are evaluated, over generated templates."""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import cloudformation_templates
from cloudformation_values import Evaluation, RefusedError, texts
from heat_values import PSEUDO, Resolution, in_hot
from hypothesis import HealthCheck, Phase, assume, given, settings

from customresource_bridge.port.report import Level

RUNS = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],  # to shrink a template takes minutes
    suppress_health_check=list(HealthCheck),
)


def _comparable(value: Any) -> Any:
    """Return a value with each JSON text read: its blanks, its order, and whether a number is a text mean nothing."""
    if isinstance(value, dict):
        return {key: _comparable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_comparable(item) for item in value]
    with suppress(ValueError):
        return texts(json.loads(value)) if value.startswith(("{", "[")) else value
    return value


@RUNS
@given(template=cloudformation_templates.templates(), parameters=cloudformation_templates.GIVEN)
def test_what_is_not_reported_means_the_same(template: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
    expected = Evaluation(template, parameters, PSEUDO)
    try:
        wanted = expected.conditions(), expected.resources(), expected.outputs()
    except RefusedError:
        assume(False)
    hot, report = in_hot(template)
    assume(all(finding.level is Level.NOTE for finding in report))
    found = Resolution(hot, parameters)
    assert found.conditions() == wanted[0]
    assert _comparable(found.resources()) == _comparable(wanted[1])
    assert _comparable(found.outputs()) == _comparable(wanted[2])
