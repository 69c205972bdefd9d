"""The applications of ``app.js``, and what is to become of each: by its port, and on a cloud."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Application:
    """One application.

    :ivar template: where its template is in cdk.out, if not by its name.
    :ivar runs: what the provider's scripts say of its handlers, one for each.
    :ivar blocks: what is in the way of a create, by its construct.
    :ivar shown: what its output says, with the stack's size in braces.
    :ivar kept: how many things stay when the stack is deleted.
    :ivar replaces: whether another size is another thing.
    """

    name: str
    template: str = ""
    runs: tuple[str, ...]
    blocks: frozenset[str] = frozenset()
    shown: str = "{size}"
    kept: int = 0
    replaces: bool = False

    def template_in(self, made: Path) -> Path:
        """Return its template in the CDK's folder."""
        (found,) = made.glob(self.template or f"{self.name}.template.json")
        return found


ON_EVENT = "--handler jobs:on_event --timeout 60 --style cdk"
ALONE = f"{ON_EVENT} --is-complete none"
ASKED = "--query-interval 2 --total-timeout 3600"
LAMBDA = "--handler jobs:handler --timeout 60"
NODE = "--handler index:onEvent --timeout 60 --runtime node --style cdk"
DONE = "{size}-done"

RUNNING = (
    Application(name="OnEvent", runs=(ALONE,)),
    Application(name="IsComplete", runs=(f"{ON_EVENT} --is-complete jobs:is_complete {ASKED}",), shown=DONE),
    Application(
        name="AskedElsewhere",
        runs=(f"{ON_EVENT} --is-complete Asked3F76C4D5/done:ready {ASKED}",),
        shown=DONE,
    ),
    Application(name="NodeOnEvent", runs=(f"{NODE} --is-complete none",)),
    Application(name="NodeIsComplete", runs=(f"{NODE} --is-complete index:isComplete {ASKED}",), shown=DONE),
    Application(name="Shared", runs=(ALONE,)),
    Application(name="Replaced", runs=("--handler jobs:on_event_by_size",), replaces=True),
    Application(name="Silent", runs=("--handler jobs:on_event_silent",)),
    Application(name="NoEcho", runs=("--handler jobs:on_event_no_echo",), shown="****"),
    Application(name="Timed", runs=(ALONE,)),
    Application(name="Plain", runs=(f"{LAMBDA} --environment environment.json",)),
    Application(name="Inline", runs=("--handler index:handler --timeout 30 --environment environment.json",)),
    Application(name="InlineNode", runs=("--handler index:handler --timeout 60 --runtime node",)),
    Application(name="Crhelper", runs=("--handler plain:handler --timeout 60",)),
    Application(name="CrhelperPolled", runs=("--handler polled:handler --timeout 120",)),
    Application(name="NodePlain", runs=("--handler index:handler --timeout 60 --runtime node",)),
    Application(name="Zipped", runs=("--handler src.jobs:handler",)),
    Application(name="Aliased", runs=(LAMBDA,)),
    Application(name="Singleton", runs=(LAMBDA,)),
    Application(name="Entrypoint", runs=("--handler __entrypoint__:handler --timeout 900 --runtime node",)),
    Application(name="Shell", runs=("--handler bootstrap:handler --timeout 60 --runtime provided",)),
    Application(
        name="Nested",
        runs=(ALONE, f"{ON_EVENT} --is-complete jobs:is_complete --query-interval 2 --total-timeout 1800"),
    ),
    Application(name="Conditional", runs=(ALONE,)),
    Application(name="Kept", runs=(ALONE,), kept=1),
    Application(
        name="Values",
        runs=(ALONE,),
        shown='{size} {{"Flags": {{"on": "true", "off": "false", "many": ["1", "2.5", "three"]}}, "Cores": "1", '
        '"Name": "{size}-{stack}"}}',
    ),
    Application(name="Stage", template="assembly-Stage/*.template.json", runs=(ALONE,)),
    Application(name="Inner", template="assembly-Outer/assembly-Outer-Inner/*.template.json", runs=(ALONE,)),
    Application(name="Classic", runs=(LAMBDA,)),
    Application(name="Chain", runs=(LAMBDA, LAMBDA, LAMBDA)),
)
"""What a stack comes of, with the user's code as it is."""

CDK_S_OWN = "--handler index:handler"
BLOCKED = (
    Application(name="Topic", runs=(LAMBDA,), blocks=frozenset({"AWS::SNS::Topic"})),
    Application(name="AwsCall", runs=(CDK_S_OWN,), blocks=frozenset({"Custom::AWS", "AWS SDK"})),
    Application(name="EmptiedBucket", runs=(CDK_S_OWN,), blocks=frozenset({"Custom::S3AutoDeleteObjects", "AWS SDK"})),
    Application(name="Notified", runs=(CDK_S_OWN,), blocks=frozenset({"Custom::S3BucketNotifications", "AWS SDK"})),
    Application(name="Deployed", runs=(CDK_S_OWN,), blocks=frozenset({"Custom::CDKBucketDeployment", "AWS SDK"})),
    Application(name="Retention", runs=(CDK_S_OWN,), blocks=frozenset({"Custom::LogRetention", "AWS SDK"})),
    Application(name="Triggered", runs=("--handler __entrypoint__:handler",), blocks=frozenset({"Custom::Trigger"})),
    Application(name="CallsAws", runs=("--handler app:handler",), blocks=frozenset({"AWS SDK"})),
    Application(name="Image", runs=(CDK_S_OWN,), blocks=frozenset({"Lambda Code"})),
)
"""What AWS alone can make, and what only AWS has."""
