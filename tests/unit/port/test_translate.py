import porting
import pytest

from customresource_bridge.port.context import Options
from customresource_bridge.port.errors import TemplateError
from customresource_bridge.port.translate import port

TEXT = """\
AWSTemplateFormatVersion: '2010-09-09'
Description: what it is for
Parameters:  # asked
  P: {Type: String}
Conditions: {C: !Equals [!Ref P, a]}
Resources:
  # kept
  T: {Type: Custom::T, Condition: C, Properties: {ServiceToken: 'arn:x', P: !Ref P}}
Outputs: {O: {Value: !GetAtt T.A, Condition: C}}
"""


def test_all_that_is_to_be_written_is_template_environment_and_handlers() -> None:
    result = porting.ported(TEXT)
    assert result.files["template.yaml"] == result.template
    assert result.files["environment.yaml"] == "parameters:\n  P: replace-me-P\n"
    assert set(result.files) > set(result.proposals[0].files)


def test_a_template_without_parameters_has_no_environment() -> None:
    result = porting.ported("Resources: {T: {Type: Custom::T, Properties: {ServiceToken: 'mistral:w'}}}")
    assert result.environment is None
    assert set(result.files) == {"template.yaml"}


def test_a_template_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(TemplateError):
        port(b"a: [", Options())
