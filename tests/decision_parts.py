"""Requests about which decisions are tried, and a moment at which they still have time."""

from dataclasses import replace
from datetime import timedelta

import golden

CREATE = golden.request("create")
CREATE_ID = CREATE.request_id
DELETE = replace(
    golden.request("delete"),
    extras=replace(golden.request("delete").extras, workflow=None, previous_request_id=CREATE.request_id),
)
BEFORE = CREATE.extras.deadline - timedelta(seconds=1)
