"""An answer that Heat hands to one of a stack's resources finds the one whose it is. ``make unit-plugin``."""

import pytest
from heat_tables import Tables
from plugin_parts import pending

from customresource_bridge.plugin.heat import resource_data
from customresource_bridge.plugin.lifecycle.lease import Lease
from customresource_bridge.plugin.lifecycle.state import State
from customresource_bridge.plugin.resources.signal import receive
from customresource_bridge.protocol import ResponseError


def test_it_is_kept_by_the_row_that_asked() -> None:
    tables = Tables()
    asked, other = tables.row("a", status="COMPLETE"), tables.row("b")
    at = tables.clock()
    lease = Lease(request_id="r", posts=1, next_post_at=at, expires_at=at)
    tables.remember(asked, State(pending=pending()), lease)
    receive(tables.ref(other, name="b"), {"Status": "SUCCESS", "RequestId": "r", "PhysicalResourceId": "vm-1"})
    assert list(resource_data.read_answers(tables.context, asked)) == ["r"]
    assert resource_data.read_answers(tables.context, other) == {}


@pytest.mark.parametrize("details", [None, "text", {}, {"RequestId": 7}, {"RequestId": "r' OR 1"}])
def test_what_names_no_request_is_refused(details: object) -> None:
    tables = Tables()
    with pytest.raises(ResponseError):
        receive(tables.ref(tables.row()), details)
