"""Reads a parameter of AWS's: what a port has to name."""

from typing import Any

import boto3
import cfnresponse

ssm = boto3.client("ssm")


def handler(event: dict[str, Any], context: object) -> None:
    """Answer with the parameter's value."""
    found = ssm.get_parameter(Name="/sizes/default")["Parameter"]["Value"]
    cfnresponse.send(event, context, cfnresponse.SUCCESS, {"Size": found}, "read")
