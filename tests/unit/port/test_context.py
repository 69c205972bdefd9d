import porting

from customresource_bridge.port.context import Context, Options, Scope
from customresource_bridge.port.report import SourceLocation
from customresource_bridge.port.template.load import load
from customresource_bridge.port.template.template import Template


def context() -> Context:
    text = b"Parameters: {P: {Type: String}}\nResources: {A: {Type: Custom::A}, B: {Type: AWS::B::B}, C: {Type: x}}\n"
    return Context(
        template=Template.of(load(text)),
        options=Options(),
        functions={},
        support=frozenset({"C"}),
        outside=frozenset({"B"}),
    )


def test_what_is_left_out_is_what_serves_and_what_has_no_counterpart() -> None:
    assert context().left_out == {"B", "C"}


def test_the_same_key_is_the_same_parameter_and_its_first_definition_counts() -> None:
    ctx = context()
    assert ctx.parameter("k", name="N", definition={"type": "string"}) == {"get_param": "N"}
    assert ctx.parameter("k", name="M", definition={}) == {"get_param": "N"}
    assert ctx.added == {"N": {"type": "string"}}


def test_a_name_that_is_taken_gets_a_number() -> None:
    ctx = context()
    names = [ctx.parameter(str(number), name="P", definition={})["get_param"] for number in range(2)]
    assert names == ["P2", "P3"]
    assert ctx.parameter("a resource's", name="A", definition={}) == {"get_param": "A2"}
    assert ctx.parameter("one that is left out", name="B", definition={}) == {"get_param": "B"}


def test_what_stands_in_for_something_says_so_and_has_to_be_filled_in() -> None:
    ctx = context()
    assert ctx.stand_in("B", "Arn", SourceLocation("A", 2)) == {"get_param": "BArn"}
    assert ctx.added["BArn"]["default"] == "replace-me-B.Arn"
    (finding,) = ctx.report
    assert (finding.level, finding.construct, finding.line) == ("todo", "AWS::B::B", 2)
    assert "BArn" in finding.remedy


def test_a_scope_keeps_what_it_is_in_and_forgets_what_was_wanted_of_the_whole() -> None:
    scope = Scope(SourceLocation("A", 1), in_condition=True).list()
    assert scope.wants_list
    assert scope.at(2).wants_list
    assert scope.inside(3) == Scope(SourceLocation("A", 3), in_condition=True)


def test_an_added_parameter_takes_no_name_that_is_taken() -> None:
    text = "Parameters: {BArn: {Type: String}}\nResources:\n  B: {Type: AWS::S3::Bucket}\n"
    text += "  T: {Type: Custom::T, Properties: {ServiceToken: mistral:w, A: !GetAtt B.Arn, B: !Ref BArn}}\n"
    result = porting.hot(porting.ported(text))
    assert result["resources"]["T"]["properties"]["A"] == {"get_param": "BArn2"}
    assert result["parameters"]["BArn2"]["default"] == "replace-me-B.Arn"
    assert "default" not in result["parameters"]["BArn"]


def test_a_parameter_that_the_port_adds_is_not_called_as_a_resource_that_stays() -> None:
    text = """\
Mappings: {Data: {a: {b: c}}}
Resources:
  Bucket: {Type: AWS::S3::Bucket}
  BucketArn: {Type: Custom::A, Properties: {ServiceToken: mistral:w, B: !GetAtt Bucket.Arn, C: !Ref Bucket}}
  Data: {Type: Custom::B, Properties: {ServiceToken: mistral:w, D: !FindInMap [Data, !Ref BucketArn, b]}}
"""
    hot = porting.hot(porting.ported(text))
    assert set(hot["parameters"]) == {"BucketArn2", "Bucket", "Data2"}
    assert hot["resources"]["BucketArn"]["properties"]["B"] == {"get_param": "BucketArn2"}
