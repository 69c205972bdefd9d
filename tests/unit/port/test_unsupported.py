"""Each construct that has no counterpart is reported, with its place, a reason and a remedy."""

import porting
import pytest

THING = "  T: {Type: Custom::T, Properties: {ServiceToken: mistral:w}}\n"


def template(resources: str = "", top: str = "", outputs: str = "") -> str:
    return f"{top}Resources:\n{THING}{resources}{outputs and 'Outputs:' + chr(10) + outputs}"


UNSUPPORTED = {
    "Transform": (template(top="Transform: AWS::Serverless-2016-10-31\n"), "lost", "Transform", 1),
    "Rules": (template(top="Rules: {R: {}}\n"), "lost", "Rules", 1),
    "Globals Api": (template(top="Globals:\n  Api: {}\n"), "lost", "Globals", 2),
    "repeated key": (template("  R:\n    Type: Custom::R\n    Type: Custom::S\n"), "todo", "R", 5),
    "Hooks": (template(top="Hooks: {}\n"), "lost", "Hooks", 1),
    "Metadata Licence": (template(top="Metadata:\n  Licence: MIT\n"), "lost", "Metadata", 2),
    "Surprise": (template(top="Surprise: 1\n"), "lost", "Surprise", 1),
    "Fn::ForEach": (template("  'Fn::ForEach::X': [A, [a], {}]\n"), "lost", "Fn::ForEach::X", 3),
    "AWS::S3::Bucket": (template("  B: {Type: AWS::S3::Bucket}\n"), "lost", "B", 3),
    "AWS::Lambda::Function": (template("  F: {Type: AWS::Lambda::Function}\n"), "lost", "F", 3),
    "AWS::IAM::Role": (template("  R: {Type: AWS::IAM::Role}\n"), "lost", "R", 3),
    "AWS::CloudFormation::Stack": (template("  S: {Type: AWS::CloudFormation::Stack}\n"), "lost", "S", 3),
    "CreationPolicy": (template("  C: {Type: Custom::C, CreationPolicy: {}}\n"), "lost", "C", 3),
    "Frobnicate": (template("  C: {Type: Custom::C, Frobnicate: 1}\n"), "lost", "C", 3),
    "Condition": (template("  C: {Type: Custom::C, Condition: Nope}\n"), "lost", "C", 3),
    "DeletionPolicy": (template("  C: {Type: Custom::C, DeletionPolicy: Snapshot}\n"), "lost", "C", 3),
    "UpdateReplacePolicy": (
        template("  W: {Type: AWS::CloudFormation::WaitConditionHandle, UpdateReplacePolicy: Retain}\n"),
        "lost",
        "W",
        3,
    ),
    "AWS::CloudFormation::WaitCondition Surprise": (
        template("  W:\n    Type: AWS::CloudFormation::WaitCondition\n    Properties:\n      Surprise: 1\n"),
        "lost",
        "W",
        6,
    ),
    "ServiceToken": (template("  C: {Type: Custom::C}\n"), "todo", "C", 3),
    "Outputs Export": (template(outputs="  O: {Value: x, Export: {Name: n}}\n"), "lost", "Outputs.O", 4),
    "Outputs": (template(outputs="  O: {Value: !Ref AWS::NoValue}\n"), "lost", "Outputs.O", 4),
    "Fn::Transform": (template(outputs="  O: {Value: {'Fn::Transform': {}}}\n"), "lost", "Outputs.O", 4),
    "Fn::GetStackOutput": (template(outputs="  O: {Value: {'Fn::GetStackOutput': {}}}\n"), "lost", "Outputs.O", 4),
    "Fn::Frobnicate": (template(outputs="  O: {Value: {'Fn::Frobnicate': {}}}\n"), "lost", "Outputs.O", 4),
    "Fn::ImportValue": (template(outputs="  O: {Value: !ImportValue x}\n"), "todo", "Outputs.O", 4),
    "Fn::GetAZs": (template(outputs="  O: {Value: !GetAZs ''}\n"), "todo", "Outputs.O", 4),
    "Fn::Cidr": (template(outputs="  O: {Value: !Cidr [!GetAtt T.B, 1, 8]}\n"), "todo", "Outputs.O", 4),
    "Fn::Base64": (template(outputs="  O: {Value: !Base64 {Ref: T}}\n"), "todo", "Outputs.O", 4),
    "AWS::Frobnicate": (template(outputs="  O: {Value: !Ref AWS::Frobnicate}\n"), "todo", "Outputs.O", 4),
    "dynamic reference": (template(outputs="  O: {Value: '{{resolve:ssm:x}}'}\n"), "todo", "Outputs.O", 4),
    "dynamic reference in Sub": (
        template(outputs="  O: {Value: !Sub '{{resolve:ssm:${AWS::StackName}}}'}\n"),
        "todo",
        "Outputs.O",
        4,
    ),
    "not in the template": (template(outputs="  O: {Value: !Ref Nobody}\n"), "todo", "Outputs.O", 4),
    "AWS::EC2::VPC::Id": (
        template(top="Parameters:\n  V: {Type: AWS::EC2::VPC::Id}\n"),
        "todo",
        "Parameters.V",
        2,
    ),
    "AWS::SSM::Parameter::Value<String>": (
        template(top="Parameters:\n  V: {Type: AWS::SSM::Parameter::Value<String>}\n"),
        "todo",
        "Parameters.V",
        2,
    ),
    "Default": (
        template(top="Parameters:\n  V: {Type: AWS::SSM::Parameter::Value<String>, Default: /x}\n"),
        "todo",
        "Parameters.V",
        2,
    ),
    "AllowedPattern": (
        template(top="Parameters:\n  V: {Type: String, AllowedPattern: '\\p{Alpha}+'}\n"),
        "lost",
        "Parameters.V",
        2,
    ),
    "Parameters MinLength": (
        template(top="Parameters:\n  V: {Type: CommaDelimitedList, MinLength: 1}\n"),
        "lost",
        "Parameters.V",
        2,
    ),
    "Parameters Surprise": (
        template(top="Parameters:\n  V: {Type: String, Surprise: 1}\n"),
        "lost",
        "Parameters.V",
        2,
    ),
    "Fn::EachMemberIn": (template(top="Conditions:\n  C: {'Fn::EachMemberIn': []}\n"), "lost", "Conditions.C", 2),
    "Fn::FindInMap DefaultValue": (
        template(
            top="Mappings: {M: {a: {b: c}}}\n",
            outputs="  O: {Value: !FindInMap [M, !Ref T, b, {DefaultValue: x}]}\n",
        ),
        "lost",
        "Outputs.O",
        5,
    ),
    "Fn::FindInMap": (
        template(
            top="Mappings: {M: {us-east-1: {b: c}}}\n",
            outputs="  O: {Value: !FindInMap [M, !Ref AWS::Region, b]}\n",
        ),
        "todo",
        "Outputs.O",
        5,
    ),
}


@pytest.mark.parametrize("construct", UNSUPPORTED)
def test_an_unsupported_construct_is_one_finding(construct: str) -> None:
    text, level, resource, line = UNSUPPORTED[construct]
    construct = construct.removesuffix(" in Sub")
    found = [finding for finding in porting.ported(text).report if finding.construct == construct]
    assert [(f.level, f.resource, f.line) for f in found] == [(level, resource, line)]
    assert found[0].reason
    assert found[0].remedy
    assert found[0].to_text("t.yaml").startswith(f"t.yaml:{line}: {level}: {resource}: {construct}: ")
    assert "\n" not in found[0].to_text("t.yaml")
    assert porting.ported(text).report.needs_attention


FUNCTION = (
    "  F:\n    Type: AWS::Lambda::Function\n    Properties:\n      Runtime: {runtime}\n      Handler: index.handler\n"
)
CALLER = "  C: {Type: Custom::C, Properties: {ServiceToken: !GetAtt F.Arn}}\n"


@pytest.mark.parametrize(
    ("construct", "lines", "runtime"),
    [
        ("Lambda Code", "      Code: {S3Bucket: b, S3Key: k}\n", "python3.12"),
        ("Lambda Code", "      Code: {ImageUri: i}\n", "python3.12"),
        ("Lambda VpcConfig", "      VpcConfig: {}\n", "python3.12"),
        ("Lambda Layers", "      Layers: []\n", "python3.12"),
        ("Lambda FileSystemConfigs", "      FileSystemConfigs: []\n", "python3.12"),
        ("Lambda Environment", "      Environment: {Variables: {A: !Ref F}}\n", "python3.12"),
        ("Lambda Code", "", "python3.12"),
        ("Lambda Events", "      Events: {Api: {Type: Api}}\n", "python3.12"),
        ("Lambda FunctionUrlConfig", "      FunctionUrlConfig: {AuthType: NONE}\n", "python3.12"),
        ("AWS SDK", "      Code: {ZipFile: import boto3}\n", "python3.12"),
        ("AWS SDK", "      Code: {ZipFile: \"require('@aws-sdk/client-s3')\"}\n", "nodejs20.x"),
        ("Runtime", "      Code: {ZipFile: x}\n", "ruby3.2"),
        ("ZipFile", "      Code: {ZipFile: 'print 1'}\n", "python2.7"),
        ("ZipFile", "      Code: {ZipFile: from botocore.vendored import requests}\n", "python3.7"),
        ("ZipFile", "      Code: {ZipFile: !Sub 'x = \"${T}\"'}\n", "python3.12"),
        ("ServiceToken", "      Code: {ZipFile: x}\n", "python3.12"),
    ],
)
def test_what_a_function_had_at_aws_is_reported(construct: str, lines: str, runtime: str) -> None:
    text = template(FUNCTION.replace("{runtime}", runtime) + lines + CALLER)
    found = [finding for finding in porting.ported(text).report if finding.construct == construct]
    assert found
    assert all(f.level == "todo" and f.line > 2 and f.reason and f.remedy for f in found)


@pytest.mark.parametrize(
    ("construct", "resource"),
    [
        ("Version", "C: {Type: Custom::C, Version: '1.0', Properties: {ServiceToken: mistral:w}}"),
        (
            "DeletionPolicy",
            "C: {Type: Custom::C, DeletionPolicy: RetainExceptOnCreate, Properties: {ServiceToken: mistral:w}}",
        ),
        ("DependsOn", "C: {Type: Custom::C, DependsOn: Gone, Properties: {ServiceToken: mistral:w}}"),
        ("AWS::AccountId", "C: {Type: Custom::C, Properties: {ServiceToken: mistral:w, A: !Ref AWS::AccountId}}"),
        ("AWS::Region", "C: {Type: Custom::C, Properties: {ServiceToken: mistral:w, A: !Ref AWS::Region}}"),
        ("AWS::Partition", "C: {Type: Custom::C, Properties: {ServiceToken: mistral:w, A: !Ref AWS::Partition}}"),
        (
            "Transform",
            "C: {Type: Custom::C, Properties: {ServiceToken: mistral:w}}\nTransform: [AWS::LanguageExtensions]",
        ),
        ("Globals Function", "C: {Type: Custom::C, Properties: {ServiceToken: mistral:w}}\nGlobals: {Function: {}}"),
        ("AWS::CDK::Metadata", "C: {Type: AWS::CDK::Metadata, Properties: {Analytics: x}}"),
        (
            "AWS::NotificationARNs",
            "C: {Type: Custom::C, Properties: {ServiceToken: mistral:w, A: !Ref AWS::NotificationARNs}}",
        ),
    ],
)
def test_what_means_nearly_the_same_is_noted(construct: str, resource: str) -> None:
    report = porting.ported(template(f"  {resource}\n")).report
    assert [(f.construct, f.level) for f in report] == [(construct, "note")]
    assert not report.needs_attention


def test_a_parameter_that_only_its_owner_knows_and_a_condition_reads_is_noted() -> None:
    text = template(top="Parameters: {P: {Type: String}, D: {Type: String, Default: d}, U: {Type: String}}\n")
    text += "Conditions: {C: !Equals [!Sub '${P}-${D}', x]}\n"
    (finding,) = porting.ported(text).report
    assert (finding.level, finding.construct, finding.resource) == ("note", "Conditions", "Parameters.P")
    assert "-e environment.yaml" in finding.remedy


@pytest.mark.parametrize(
    ("kind", "remedy"),
    [
        ("AWS::EC2::VPC", "--resource-types"),
        ("AWS::EC2::VPCEndpoint", "provide it otherwise"),
        ("AWS::EC2::SecurityGroupIngress", "OS::Neutron::SecurityGroupRule"),
        ("AWS::ElasticLoadBalancingV2::TargetGroup", "OS::Octavia::LoadBalancer"),
        ("AWS::Serverless::Function", "OS::Mistral::Workflow"),
        ("AWS::IAM::Policy", "leave it out"),
        ("AWS::IAM::User", "--resource-types"),
        ("AWS::CloudFormation::Stack", "port its template too"),
        ("AWS::DynamoDB::Table", "a database"),
    ],
)
def test_a_type_without_counterpart_has_a_remedy_that_fits_it(kind: str, remedy: str) -> None:
    (finding,) = porting.ported(template(f"  R: {{Type: '{kind}'}}\n")).report
    assert finding.construct == kind
    assert remedy in finding.remedy
