"""Heat's tables in memory: what ``resource_data`` and ``queries`` ask of them, without SQL and without encryption.

The context that is handed to each function is the world's: it holds the rows.
"""

from collections.abc import Callable, Collection
from typing import Any

from customresource_bridge.plugin.heat import leases, queries, resource_data
from customresource_bridge.plugin.heat.queries import NamesakeRow
from customresource_bridge.plugin.lifecycle.lease import Lease

REQUEST, ANSWER = leases.REQUEST_KEY, resource_data.ANSWER_KEY


def read(context: Any, row_id: int, key: str) -> str | None:
    return context.data(row_id).get(key)


def read_lease(context: Any, row_id: int) -> Lease | None:
    text = context.data(row_id).get(REQUEST)
    return Lease.parse(text) if text else None


def swap(context: Any, row_id: int, old: Lease | None, new: Lease) -> bool:
    if read_lease(context, row_id) != old:
        return False
    context.write(row_id, REQUEST, new.to_text())
    return True


def take_back_post(context: Any, row_id: int, request_id: str) -> None:
    lease = read_lease(context, row_id)
    if lease is not None and lease.request_id == request_id:
        swap(context, row_id, lease, lease.one_post_less())


def read_all(context: Any, row_id: int) -> tuple[str | None, Lease | None]:
    return context.data(row_id).get(resource_data.STATE_KEY), read_lease(context, row_id)


def answered(context: Any, row_ids: Collection[int]) -> set[int]:
    return {row_id for row_id in row_ids if any(key.startswith(ANSWER) for key in context.data(row_id))}


def write(context: Any, row_id: int, key: str, text: str) -> None:
    context.write(row_id, key, text)


def write_request(context: Any, row_id: int, state: str, old: Lease | None, new: Lease) -> bool:
    if not swap(context, row_id, old, new):
        return False
    context.write(row_id, resource_data.STATE_KEY, state)
    return True


def write_first(context: Any, row_id: int, key: str, text: str) -> bool:
    if key in context.data(row_id):
        return False
    context.write(row_id, key, text)
    return True


def forget_answers(context: Any, row_id: int, keys: Collection[str]) -> None:
    data = context.data(row_id)
    for key in [key for key in data if key.startswith(ANSWER) and key.removeprefix(ANSWER) in keys]:
        del data[key]


def read_answers(context: Any, row_id: int) -> dict[str, str]:
    data = context.data(row_id)
    return {key.removeprefix(ANSWER): data[key] for key in data if key.startswith(ANSWER)}


def row_of_request(context: Any, stack_id: str, request_id: str) -> tuple[int, str] | None:
    assert stack_id
    for row in context.rows:
        if request_id in row.data_of.get(REQUEST, "").split(" ") and row.state != ("DELETE", "COMPLETE"):
            return row.id, row.name
    return None


def has_signer(context: Any, stack_id: str) -> bool:
    return bool(context.rows and stack_id)


def namesakes(context: Any, stack_id: str, name: str, row_id: int) -> list[NamesakeRow]:
    assert stack_id
    return [
        NamesakeRow(row_id=row.id, template_id=row.current_template_id)
        for row in sorted(context.rows, key=lambda row: row.id)
        if row.name == name and row.id != row_id and row.state != ("DELETE", "COMPLETE")
    ]


def tell(ref: Any, text: str) -> None:
    ref.context.events.append(text)


STAND_INS: dict[Any, dict[str, Callable[..., Any]]] = {
    leases: {"read": read_lease, "swap": swap, "take_back_post": take_back_post},
    resource_data: {
        "read": read,
        "read_all": read_all,
        "answered": answered,
        "write": write,
        "write_alone": write,
        "write_request": write_request,
        "write_first": write_first,
        "forget_answers": forget_answers,
        "read_answers": read_answers,
    },
    queries: {"row_of_request": row_of_request, "has_signer": has_signer, "namesakes": namesakes},
}
