"""The names have the forms that code for AWS takes apart."""

import re
from pathlib import Path

import pytest

from customresource_bridge.provider import lambda_environment

# The pattern of a function's ARN in Lambda's API reference.
ARN = re.compile(r"arn:aws:lambda:[a-z]{2}(-gov)?-[a-z]+-\d:\d{12}:function:[a-zA-Z0-9-_]+\Z")
EVENT = {"RequestId": "request-1"}


def names(name: str, **inherited: str) -> dict[str, str]:
    environment = lambda_environment.variables(name, Path(), inherited)
    return lambda_environment.context(EVENT, {**environment, "AWS_LAMBDA_LOG_STREAM_NAME": "stream"})


@pytest.mark.parametrize("name", ["index:handler", "my.package.module:a_handler"])
def test_the_function_s_arn_is_one(name: str) -> None:
    assert ARN.match(names(name)["invoked_function_arn"])


def test_what_the_provider_has_set_is_kept() -> None:
    arn = names("index:handler", AWS_REGION="eu-west-1", AWS_LAMBDA_FUNCTION_NAME="mine")["invoked_function_arn"]
    assert arn == "arn:aws:lambda:eu-west-1:000000000000:function:mine"


@pytest.mark.parametrize(("inherited", "zone"), [({}, ":UTC"), ({"TZ": "Europe/Berlin"}, "Europe/Berlin")])
def test_its_time_is_utc_unless_another_is_set(inherited: dict[str, str], zone: str) -> None:
    assert lambda_environment.variables("index:handler", Path(), inherited)["TZ"] == zone


def test_a_thing_named_after_a_log_stream_keeps_its_name() -> None:
    created = lambda_environment.log_stream("f", EVENT, keep_ids=True)
    update = {"RequestId": "request-2", "PhysicalResourceId": created}
    assert lambda_environment.log_stream("f", update, keep_ids=True) == created
    assert lambda_environment.log_stream("f", update, keep_ids=False) != created


@pytest.mark.parametrize("physical_id", ["zone-1", "other/request-1", "", None])
def test_any_other_thing_s_name_is_no_log_stream_s(physical_id: str | None) -> None:
    event = {**EVENT, "PhysicalResourceId": physical_id}
    assert lambda_environment.log_stream("f", event, keep_ids=True) == "f/request-1"
