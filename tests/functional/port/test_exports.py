"""Two stacks, one of which uses what the other exports: here it is given that one's outputs, and so its provider."""

import os
import subprocess
from pathlib import Path

import porting
from functional.bridge_process import PROGRAM, environment
from functional.tenant import Tenant

PRODUCER = """\
Resources:
  Sizer:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Code:
        ZipFile: |
          def handler(event, context):
              size = int(event["ResourceProperties"]["Size"])
              return {"PhysicalResourceId": f"job-{size}", "Data": {"Size": size + 1}}
  Job: {Type: Custom::Job, Properties: {ServiceToken: !GetAtt Sizer.Arn, Size: 1}}
Outputs:
  Token: {Value: !GetAtt Sizer.Arn, Export: {Name: 'Producer:Token'}}
  Size: {Value: !GetAtt Job.Size, Export: {Name: 'Producer:Size'}}
"""
CONSUMER = """\
Resources:
  Job:
    Type: Custom::Job
    Properties: {ServiceToken: !ImportValue 'Producer:Token', Size: !ImportValue 'Producer:Size'}
Outputs: {Size: {Value: !GetAtt Job.Size}}
"""


def test_a_stack_is_given_another_s_outputs_and_by_one_of_them_its_provider(tenant: Tenant, tmp_path: Path) -> None:
    producer, consumer = porting.ported(PRODUCER, name="Producer"), porting.ported(CONSUMER, name="Consumer")
    for name, text in producer.files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    base = str(tenant.session.get_endpoint(service_type="cloudformation"))
    environ = environment(RESPONSE_BASE_URL=base, PATH=f"{PROGRAM.parent}{os.pathsep}{os.environ['PATH']}")
    script = str(tmp_path / "handlers" / "Sizer" / "provider.sh")
    with (tmp_path / "log").open("w") as log:
        provider = subprocess.Popen(["/bin/sh", script], env=environ, stdout=log, stderr=log)  # noqa: S603 - ours
    try:
        first = tenant.create(porting.hot(producer))
        shown = {name: str(value) for name, value in first.outputs().items()}
        assert shown == {"Token": "zaqar:cr-Producer-Sizer", "Size": "2"}, (tmp_path / "log").read_text()
        given = {"JobServiceToken": shown["Token"], "ImportedProducerSize": shown["Size"]}
        second = tenant.create(porting.hot(consumer), **given)
        assert str(second.outputs()["Size"]) == "3", second.reason() + (tmp_path / "log").read_text()
        second.delete()
        first.delete()
    finally:
        provider.terminate()
        provider.wait(60)
        tenant.zaqar.delete("/queues/cr-Producer-Sizer")
