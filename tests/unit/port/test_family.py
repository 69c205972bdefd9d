"""The templates of nested stacks are loaded with the first one, within limits; who passes ServiceTokens is known."""

from collections.abc import Mapping
from typing import Any

import porting
import pytest

from customresource_bridge.port import family as families
from customresource_bridge.port.errors import TemplateError
from customresource_bridge.port.family import family

LEAF = "Resources: {T: {Type: Custom::T, Properties: {ServiceToken: 'mistral:w'}}}\n"
HASH = "0123456789abcdef" * 4


def nesting(*paths: str) -> str:
    lines = (
        f"  N{number}: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {path}}}}}\n"
        for number, path in enumerate(paths)
    )
    return "Resources:\n" + "".join(lines)


def refused(first: str, templates: Mapping[str, str]) -> dict[str, str]:
    return {
        f"{member.path or 'first'}: {name}": found.reason
        for member in family(first.encode(), porting.templates(templates))
        for name, found in member.refused.items()
    }


@pytest.mark.parametrize(
    ("resource", "path", "file"),
    [
        ("{Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ./sub/a.yaml}}", "sub/a.yaml", "sub-a.yaml"),
        (
            "{Type: AWS::CloudFormation::Stack, Metadata: {'aws:asset:path': a.json}, Properties: {TemplateURL: x}}",
            "a.json",
            "a.yaml",
        ),
        ("{Type: AWS::Serverless::Application, Properties: {Location: a/t.yaml}}", "a/t.yaml", "a-t.yaml"),
        (
            f"{{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: !Sub 'https://s3.${{AWS::Region}}/b/{HASH}.json'}}}}",
            f"{HASH}.json",
            "N.yaml",
        ),
    ],
)
def test_a_template_is_looked_for_where_each_tool_has_it(resource: str, path: str, file: str) -> None:
    child, first = family(f"Resources: {{N: {resource}}}".encode(), porting.templates({path: LEAF}))
    assert (first.path, first.file, first.nested) == ("", "template.yaml", {"N": path})
    assert (child.path, child.file) == (path, file)


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ("{TemplateURL: 'https://example.org/a.yaml'}", "at https://example.org/a.yaml, which port does not fetch"),
        ("{TemplateURL: a.yaml}", "a.yaml does not lie beside this one"),
        ("{TemplateURL: !Ref Where}", "${Where} does not lie beside"),
        ("{}", "it has no TemplateURL"),
        ("{TemplateURL: [1]}", "does not lie beside"),
        ("{TemplateURL: broken.yaml}", "its template broken.yaml:2 cannot be ported (The resource 'A' has no Type)"),
    ],
)
def test_a_template_that_is_not_here_has_its_reason(properties: str, said: str) -> None:
    first = f"Resources: {{N: {{Type: AWS::CloudFormation::Stack, Properties: {properties}}}}}"
    (reason,) = refused(first, {"broken.yaml": "Resources:\n  A: {}\n"}).values()
    assert said in reason


def test_an_application_of_aws_s_repository_is_not_here() -> None:
    first = "Resources: {N: {Type: AWS::Serverless::Application, Properties: {Location: {ApplicationId: x}}}}"
    assert refused(first, {}) == {"first: N": "its template is in AWS's repository of applications"}


def test_the_first_one_must_be_a_template() -> None:
    with pytest.raises(TemplateError):
        family(b"a: [", porting.templates({}))


def test_paths_are_from_the_folder_of_the_template_that_names_them() -> None:
    templates = {"a/t.yaml": nesting("b/t.yaml"), "a/b/t.yaml": nesting("../../c.yaml"), "c.yaml": LEAF}
    members = family(nesting("a/t.yaml").encode(), porting.templates(templates))
    assert [member.path for member in members] == ["c.yaml", "a/b/t.yaml", "a/t.yaml", ""]
    assert len({member.file for member in members}) == 4
    assert members[1].beside("src") == "a/b/src"


def test_one_template_of_two_stacks_is_ported_once() -> None:
    members = family(nesting("a.yaml", "./a.yaml").encode(), porting.templates({"a.yaml": LEAF}))
    assert [member.path for member in members] == ["a.yaml", ""]
    assert members[1].nested == {"N0": "a.yaml", "N1": "a.yaml"}


def test_a_circle_ends() -> None:
    found = refused(nesting("a.yaml"), {"a.yaml": nesting("b.yaml"), "b.yaml": nesting("a.yaml", "b.yaml")})
    assert found == {"b.yaml: N0": "its template a.yaml nests itself", "b.yaml: N1": "its template b.yaml nests itself"}


def chain(length: int) -> dict[str, str]:
    return {**{f"{number}.yaml": nesting(f"{number + 1}.yaml") for number in range(1, length)}, f"{length}.yaml": LEAF}


def test_as_deep_as_heat_goes() -> None:
    assert refused(nesting("1.yaml"), chain(families.DEEPEST)) == {}
    (reason,) = refused(nesting("1.yaml"), chain(families.DEEPEST + 1)).values()
    assert "deeper than 5 levels" in reason


def test_a_template_that_is_known_from_above_is_not_put_deeper_than_heat_goes() -> None:
    templates = {**chain(5), "deep.yaml": nesting("1.yaml")}
    found = refused(nesting("1.yaml", "deep.yaml"), templates)
    assert set(found) == {"deep.yaml: N0"}


def test_there_are_not_too_many() -> None:
    many = [f"{number}.yaml" for number in range(families.MOST_TEMPLATES + 1)]
    (reason,) = refused(nesting(*many), dict.fromkeys(many, LEAF)).values()
    assert "more than 100 templates" in reason


def test_all_of_them_are_not_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "MOST_BYTES", 3 * len(LEAF) - 1)
    many = [f"{number}.yaml" for number in range(4)]
    assert set(refused(nesting(*many), dict.fromkeys(many, LEAF))) == {"first: N3"}


def test_a_file_has_a_name_of_its_own() -> None:
    paths = ["b/Template.yaml", "B.yaml", "Template.json", "environment.yaml", "a/b.nested.template.json", "a-b.yaml"]
    named = []
    for order in (paths, paths[::-1]):
        members = family(nesting(*order).encode(), porting.templates(dict.fromkeys(paths, LEAF)))
        files = {member.path: member.file for member in members}
        named.append(files)
        assert named[0] == files
        assert len({file.lower() for file in files.values()}) == len(paths) + 1
        assert files[""] == "template.yaml"
        assert files["environment.yaml"] != "environment.yaml"  # which is the first one's


def test_a_file_s_name_does_not_depend_on_the_others() -> None:
    templates = porting.templates(dict.fromkeys(("net/vpc.yaml", "dns.yaml"), LEAF))
    one, two = (family(nesting(*paths).encode(), templates) for paths in (["dns.yaml"], ["net/vpc.yaml", "dns.yaml"]))
    assert [member.file for member in one] == ["dns.yaml", "template.yaml"]
    assert [member.file for member in two] == ["net-vpc.yaml", "dns.yaml", "template.yaml"]


TAKES = """\
Parameters: {Who: {Type: String}, More: {Type: String}}
Resources: {T: {Type: Custom::T, Properties: {ServiceToken: !Ref Who}}}
"""
HANDS_ON = """\
Parameters: {Token: {Type: String}}
Resources:
  Deeper:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: takes.yaml, Parameters: {Who: !Ref Token, More: x}}
  F: {Type: AWS::Lambda::Function}
Outputs: {Made: {Value: !GetAtt F.Arn}, Other: {Value: x}}
"""
FIRST = """\
Resources:
  Inner: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: hands-on.yaml, Parameters: {Token: 'arn:x'}}}
  T: {Type: Custom::T, Properties: {ServiceToken: !GetAtt Inner.Outputs.Made}}
"""


def test_service_tokens_are_known_in_both_directions() -> None:
    read = porting.templates({"hands-on.yaml": HANDS_ON, "takes.yaml": TAKES})
    takes, hands_on, first = (member.template for member in family(FIRST.encode(), read))
    assert first.passed_tokens == {"Inner": {"Token"}}
    assert hands_on.passed_tokens == {"Deeper": {"Who"}}
    assert hands_on.token_outputs == {"Made"}
    assert list(first.tokens()) == [("Inner", "arn:x"), ("T", {"Fn::GetAtt": ["Inner", "Outputs.Made"]})]
    ref: Any = {"Ref": "Token"}
    assert list(hands_on.tokens()) == [("Deeper", ref), ("", {"Fn::GetAtt": ["F", "Arn"]})]
    assert [template.is_nested for template in (takes, hands_on, first)] == [True, True, False]


def test_all_templates_together_may_say_as_much_as_one_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    first, ours, each = nesting("a.yaml", "b.yaml", "c.yaml"), 14, 6
    assert refused(first, dict.fromkeys(("a.yaml", "b.yaml", "c.yaml"), LEAF)) == {}
    monkeypatch.setattr(families, "MOST_VALUES", ours + each)
    found = refused(first, dict.fromkeys(("a.yaml", "b.yaml", "c.yaml"), LEAF))
    assert list(found) == ["first: N1", "first: N2"]
    assert all("all templates would have more than" in reason for reason in found.values())


def test_a_broken_template_counts_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "MOST_VALUES", 100)
    found = refused(nesting("a.yaml", "b.yaml"), {"a.yaml": "[" * 2000, "b.yaml": LEAF})
    assert "nested too deeply" in found["first: N0"]
    assert "all templates would have more than 100 values" in found["first: N1"]
