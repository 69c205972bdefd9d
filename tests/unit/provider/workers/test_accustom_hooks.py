"""Where accustom would have the function call itself at AWS, it is refused as by Lambda, and runs it right away."""

import sys
from types import ModuleType
from typing import Any

import pytest

from customresource_bridge.provider.workers.accustom_hooks import MODULE, keep_here


class ClientError(Exception):
    def __init__(self, response: dict[str, Any], operation: str) -> None:
        super().__init__(f"{response['Error']['Code']} at {operation}")


def test_its_client_refuses_to_call_the_function(monkeypatch: pytest.MonkeyPatch) -> None:
    library: Any = ModuleType(MODULE)
    errors: Any = ModuleType("botocore.exceptions")
    errors.ClientError = ClientError
    monkeypatch.setitem(sys.modules, MODULE, library)
    monkeypatch.setitem(sys.modules, "botocore.exceptions", errors)
    keep_here()
    with pytest.raises(ClientError, match="NoLambda at Invoke"):
        library.client("lambda", config=None).invoke(FunctionName="f", Payload=b"{}")
