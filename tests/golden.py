"""Golden requests and responses, and hypothesis strategies for what crosses the protocol."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from customresource_bridge.compat import UTC
from customresource_bridge.protocol import EarlierRequest, Extras, Identity, Request, RequestType, Secret, WorkflowCall

DATA = Path(__file__).parent / "data"


def request_body(name: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((DATA / "requests" / f"{name}.json").read_text())
    return body


def request(name: str) -> Request:
    return Request.parse(request_body(name))


IDENTITY = Identity(
    stack_id=request_body("create")["StackId"],
    request_id=request_body("create")["RequestId"],
    logical_resource_id="Record",
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
names = texts.filter(str.strip)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda children: st.lists(children, max_size=3) | st.dictionaries(texts, children, max_size=3),
    max_leaves=10,
)
objects = st.dictionaries(texts, json_values, max_size=4)
moments = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)).map(  # noqa: DTZ001 - set below
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)
extras = st.builds(
    Extras,
    project_id=names,
    deadline=moments,
    previous_request_id=st.none() | names,
    earlier=st.lists(
        st.builds(EarlierRequest, request_id=names, response_url=st.none() | names.map(Secret)), max_size=3
    ).map(tuple),
    held=st.lists(names, max_size=4).map(tuple),
    workflow=st.none() | st.builds(WorkflowCall, name=names, namespace=st.none() | names, input=st.none() | objects),
)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    kind = draw(st.sampled_from(RequestType))
    return Request(
        request_type=kind,
        request_id=draw(names),
        stack_id=draw(names),
        logical_resource_id=draw(names),
        resource_type=draw(names),
        response_url=Secret(draw(names)),
        extras=draw(extras),
        service_token=draw(st.just("") | names),
        physical_resource_id=None if kind is RequestType.CREATE else draw(names),
        resource_properties=draw(objects),
        old_resource_properties=draw(objects) if kind is RequestType.UPDATE else None,
    )
