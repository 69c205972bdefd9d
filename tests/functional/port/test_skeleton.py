"""The workflow that a port sketches: Mistral takes it, and it answers as it is."""

import porting
import pytest
from functional.tenant import Tenant

HOSTILE = """\
Resources:
  T:
    Type: Custom::Hostile
    Properties:
      ServiceToken: arn:x
      "<% $.x %>": '{{ y }}'
      "a\\nb": "- task: {\\n"
      'ünï "quoted"': [1, {a: b}]
Outputs:
  A: {Value: !GetAtt 'T.<% no %>'}
"""


def test_mistral_takes_every_sketch(tenant: Tenant) -> None:
    texts = [porting.ported(HOSTILE).files["workflows/Hostile.yaml"]]
    for source in porting.CORPUS:
        files = porting.ported(source.read_text()).files
        texts += [text for name, text in files.items() if name.startswith("workflows/") and name.endswith(".yaml")]
    assert len(texts) > 3
    for text in texts:
        answer = tenant.mistral.post("/workflows/validate", data=text, headers={"Content-Type": "text/plain"}).json()
        assert answer == {"valid": True}, text


@pytest.mark.usefixtures("running_bridge")
def test_a_ported_template_completes_with_the_sketch_as_it_is(tenant: Tenant) -> None:
    (source,) = [path for path in porting.CORPUS if path.stem.startswith("01-")]
    result = porting.ported(source.read_text())
    tenant.upload(result.files["workflows/DnsZone.yaml"])
    stack = tenant.create(porting.hot(result))
    assert stack.reason() == "Stack CREATE completed successfully"
    assert stack.outputs()["Serial"] == "the Serial"
    made = stack.outputs()["Id"]
    assert stack.update(porting.hot(result), ZoneName="example.net") == "UPDATE_COMPLETE"
    assert stack.outputs()["Id"] == made
    stack.delete()
