"""Keeps accustom from calling Lambda, in the handler's process: the provider itself watches how long a handler runs.

With ``timeoutFunction``, which its ``sdecorator`` has by default, accustom has the function call itself by Lambda's
API, so that the one outside answers in time. Where it may not, it runs the function right away: that is what happens.
Standard library alone.
"""

from __future__ import annotations

import sys
from typing import Any

MODULE = "accustom.decorators"
_WHY = {"Error": {"Code": "NoLambda", "Message": "it runs here, and the provider answers when its time is up"}}


def keep_here() -> None:
    """Have accustom run functions in the process that called them."""
    sys.modules[MODULE].client = _NoLambda  # type: ignore[attr-defined]


class _NoLambda:
    """What accustom takes for boto3's client."""

    def __init__(self, *_names: object, **_options: object) -> None:
        """Take whatever boto3 would."""

    def invoke(self, **_options: object) -> Any:
        """Refuse, as Lambda would a function that may not be called.

        :raises ClientError: botocore's.
        """
        raise sys.modules["botocore.exceptions"].ClientError(_WHY, "Invoke")
