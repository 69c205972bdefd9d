import pytest

from customresource_bridge.errors import ConfigurationError
from customresource_bridge.provider.box.aws_endpoints import aws_variables, parse_endpoint

S3 = ("AWS_ENDPOINT_URL_S3", "https://objects.example.org:8080/s3")
PAIR = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "s3cr3t"}


@pytest.mark.parametrize(
    ("text", "variable"),
    [
        ("s3=http://10.0.0.1:6000", "AWS_ENDPOINT_URL_S3"),
        ("S3=https://objects.example.org/", "AWS_ENDPOINT_URL_S3"),
        ("secrets-manager=https://a", "AWS_ENDPOINT_URL_SECRETS_MANAGER"),
        ("Elastic Load Balancing v2=https://a", "AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2"),
    ],
)
def test_a_service_s_endpoint_has_the_variable_that_the_sdks_read(text: str, variable: str) -> None:
    assert parse_endpoint(text) == (variable, text.partition("=")[2])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "s3",
        "=https://a",
        "s3=",
        "s3=objects.example.org",
        "s3=ftp://a",
        "s3=https://",
        "s3=https://a?b=s3cr3t",
        "s3=https://a#s3cr3t",
        "s3=https://s3cr3t:s3cr3t@a",
        "s3=https://s3cr3t@a",
        "s3\n=https://a",
        "s3=https://[s3cr3t",
        "s3=https://a/\ns3cr3t",
    ],
)
def test_what_is_no_endpoint_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="URL") as refused:
        parse_endpoint(text)
    assert "s3cr3t" not in str(refused.value)


def test_a_handler_has_exactly_what_leads_the_sdks_there() -> None:
    variables = aws_variables([S3], PAIR, {"AWS_SESSION_TOKEN": "theirs", "AWS_PROFILE": "theirs", "OS_PASSWORD": "x"})
    assert variables == {
        "AWS_ENDPOINT_URL": "https://no-endpoint-was-given.invalid",
        "AWS_ENDPOINT_URL_S3": "https://objects.example.org:8080/s3",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        **PAIR,
    }
    assert aws_variables([], PAIR, PAIR) == {}


@pytest.mark.parametrize(
    "name",
    [
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_STS",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_PROFILE",
    ],
)
def test_a_handler_s_own_variables_do_not_lead_the_pair_elsewhere(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"sets {name}: leave that out") as refused:
        aws_variables([S3], {name: "https://theirs", **PAIR}, {})
    assert "theirs" not in str(refused.value)
    assert aws_variables([], {name: "https://theirs"}, {}) == {}


def test_the_pair_is_the_file_s_or_else_the_environment_s_and_never_half_of_each() -> None:
    theirs = dict.fromkeys(PAIR, "theirs")
    assert aws_variables([S3], {}, theirs)["AWS_SECRET_ACCESS_KEY"] == "theirs"
    assert aws_variables([S3], PAIR, theirs)["AWS_SECRET_ACCESS_KEY"] == "s3cr3t"
    with pytest.raises(
        ConfigurationError, match="AWS_ACCESS_KEY_ID must be set: `openstack ec2 credentials create`"
    ) as e:
        aws_variables([S3], {"AWS_SECRET_ACCESS_KEY": "s3cr3t"}, theirs)
    assert "s3cr3t" not in str(e.value)
    with pytest.raises(ConfigurationError, match="AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set"):
        aws_variables([S3], {}, {})


@pytest.mark.parametrize(
    ("given", "inherited", "region"),
    [
        ({}, {"AWS_DEFAULT_REGION": "south"}, "south"),
        ({}, {"AWS_REGION": "north", "AWS_DEFAULT_REGION": "south"}, "north"),
        ({"AWS_REGION": "east"}, {"AWS_REGION": "north"}, "east"),
    ],
)
def test_the_region_that_is_named_is_kept(given: dict[str, str], inherited: dict[str, str], region: str) -> None:
    variables = aws_variables([S3], {**PAIR, **given}, inherited)
    assert (variables["AWS_REGION"], variables["AWS_DEFAULT_REGION"]) == (region, region)
