"""What AWS Lambda tells a handler about itself: names and variables, in the form that code for AWS takes apart.

The forms are those of Lambda's API: a function's name has no dots, a region has three parts.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

REGION = "xx-openstack-1"
"""A region as patterns know them, and none of AWS's: a call that was meant for AWS finds no endpoint."""


def function_name(handler: str) -> str:
    """Return the function's name for ``module:function`` or ``folder/module.function``."""
    return re.sub(r"[:./]+", "-", handler).strip("-")


def log_stream(function: str, event: Mapping[str, Any], *, keep_ids: bool) -> str:
    """Return the name of the log stream, which AWS's cfnresponse gives a thing for its id where the handler gave none.

    :param keep_ids: an id that came about like that is the name for the thing's later requests too, so that an Update
        does not replace it. At AWS the name changes from time to time, and live things are deleted.
    """
    physical_id = str(event.get("PhysicalResourceId") or "")
    if keep_ids and physical_id.startswith(f"{function}/"):
        return physical_id
    return f"{function}/{event.get('RequestId', '')}"


def context(event: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, str]:
    """Return what the handler's ``context`` holds; the names are Lambda's.

    :param environment: the handler's, with :func:`variables` in it.
    """
    region, function = environment["AWS_REGION"], environment["AWS_LAMBDA_FUNCTION_NAME"]
    return {
        "function_name": function,
        "function_version": environment["AWS_LAMBDA_FUNCTION_VERSION"],
        "invoked_function_arn": f"arn:aws:lambda:{region}:000000000000:function:{function}",
        "memory_limit_in_mb": environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
        "aws_request_id": str(event.get("RequestId", "")),
        "log_group_name": environment["AWS_LAMBDA_LOG_GROUP_NAME"],
        "log_stream_name": environment["AWS_LAMBDA_LOG_STREAM_NAME"],
    }


def variables(handler: str, folder: Path, inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the environment variables that Lambda sets and handlers read, but for the log stream's.

    :param inherited: the provider's environment; what it sets of these is kept.
    """
    function = inherited.get("AWS_LAMBDA_FUNCTION_NAME") or function_name(handler)
    region = inherited.get("AWS_REGION") or inherited.get("AWS_DEFAULT_REGION") or REGION
    return {
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_LAMBDA_FUNCTION_NAME": function,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function}",
        "LAMBDA_TASK_ROOT": str(folder.absolute()),
        "TZ": ":UTC",
        "_HANDLER": handler.replace(":", "."),
        **inherited,
    }
