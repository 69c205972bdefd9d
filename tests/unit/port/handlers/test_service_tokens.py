import porting
import pytest


def token(expression: str, **options: str) -> object:
    text = f"Parameters: {{P: {{Type: String}}}}\nConditions: {{C: !Equals [a, b]}}\nResources:\n{CODE}{expression}"
    return porting.hot(porting.ported(text, **options))["resources"]["T"]["properties"]["ServiceToken"]


CODE = "  F: {Type: AWS::Lambda::Function, Properties: {Runtime: python3.12, Code: {ZipFile: x = 1}}}\n"


@pytest.mark.parametrize(
    ("expression", "translated"),
    [
        ("mistral:w", "mistral:w"),
        ("zaqar:q", "zaqar:q"),
        ("!Ref P", {"get_param": "P"}),
        ("!Sub '${P}'", {"get_param": "P"}),
        ("!Sub '${F.Arn}'", {"get_param": "FServiceToken"}),
        ("!GetAtt F.Arn", {"get_param": "FServiceToken"}),
        ("arn:aws:lambda:x", {"get_param": "TServiceToken"}),
        ("!If [C, mistral:w, !GetAtt F.Arn]", {"if": ["C", "mistral:w", {"get_param": "FServiceToken"}]}),
    ],
)
def test_a_token_stays_or_is_the_parameter_of_its_handler(expression: str, translated: object) -> None:
    assert token(f"  T: {{Type: Custom::T, Properties: {{ServiceToken: {expression}}}}}\n") == translated


def test_one_token_for_all_takes_the_place_of_each() -> None:
    text = "  T: {Type: Custom::T, Properties: {ServiceToken: !GetAtt F.Arn}}\n"
    assert token(text, service_token="mistral:echo") == "mistral:echo"


def test_a_topic_before_the_function_is_reported() -> None:
    text = f"Resources:\n{CODE}  S: {{Type: AWS::SNS::Topic, Properties: {{Subscription: [{{Endpoint: !Ref F}}]}}}}\n"
    text += "  T: {Type: Custom::T, Properties: {ServiceToken: !Ref S}}\n"
    assert porting.about(text, "AWS::SNS::Topic") == [("note", "S", 3), ("todo", "T", 4)]


def test_the_parameter_says_whom_it_serves() -> None:
    text = f"Resources:\n{CODE}  T: {{Type: Custom::T, Properties: {{ServiceToken: !GetAtt F.Arn}}}}\n"
    declared = porting.hot(porting.ported(text))["parameters"]["FServiceToken"]
    assert declared == {"type": "string", "description": "Who handles T", "default": "zaqar:cr-F"}


def test_a_token_that_another_stack_exports_is_its_output_or_a_workflow() -> None:
    text = "Resources:\n  T: {Type: Custom::T, Properties: {ServiceToken: !ImportValue 'S:Token'}}\n"
    result = porting.ported(text)
    assert porting.hot(result)["resources"]["T"]["properties"]["ServiceToken"] == {"get_param": "TServiceToken"}
    assert [proposal.kind for proposal in result.proposals] == ["workflow"]
    (todo,) = [finding for finding in result.report if finding.construct == "ServiceToken"]
    assert "what another stack exports as S:Token" in todo.reason
    assert "in the parameter TServiceToken, or complete" in todo.remedy
