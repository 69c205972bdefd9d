"""Runs a handler's workflow for a request by Mistral itself, without a stack."""

from typing import Any

import yaml
from functional.tenant import Tenant, until

from customresource_bridge.testing import input_for, response_to


def ended(tenant: Tenant, workflow: str, request: Any) -> dict[str, Any]:
    """Run a workflow for a request; return the response that its end yields."""
    begun = tenant.mistral.post("/executions", json={"workflow_name": workflow, "input": input_for(request)}).json()

    def final() -> Any:
        execution = tenant.mistral.get(f"/executions/{begun['id']}").json()
        return execution if execution["state"] in {"SUCCESS", "ERROR"} else None

    execution = until(final, f"{workflow} ends for {request.request_type}")
    output = yaml.safe_load(execution["output"])
    response = response_to(request, state=execution["state"], output=output, state_info=execution["state_info"])
    assert response is not None
    return response
