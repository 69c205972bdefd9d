"""What a stack's owner should read out of Mistral's account of a failure (an execution's ``state_info``).

A workflow's own ``fail(msg=...)`` is its account, word for word. Everything else Mistral wraps: a heading for the
workflow, one for each failed task, the text once more for each of its actions and sub-workflows, and in places a
traceback. The texts this reads, recorded from Mistral, are in tests/data/state_info.
Where nothing is recognised, nothing is taken away.
"""

import ast
import re
from collections.abc import Iterator

from customresource_bridge.protocol import limits

_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_HEADING = "Failure caused by error in tasks: "
_NOBODY_TOOK_IT = "A task failed, and no condition of its on-error held: add one for the cases left"
_MANY = "One or more actions had failed."
_ENTRY = re.compile(rf"^  (?:.+? \[(task)_ex_id={_ID}\] -> |  \[(?:action|wf)_ex_id={_ID}, idx=\d+\]: )", re.MULTILINE)
_TRACEBACK = "\nTraceback (most recent call last):\n"
_RAISED = "The action raised an exception [action="
_MESSAGE = re.compile(rf", action_ex_id={_ID}, msg='")
_RAISED_END = "']"
_HTTP_BODY_CHARACTERS = 500


def readable_reason(state_info: str | None) -> str:
    """Return what the handler said, or else what went wrong, without Mistral's wrapping; empty where it says nothing.

    :param state_info: of a workflow execution that ended in ERROR or CANCELLED.
    """
    text = (state_info or "").strip()
    if text == _HEADING.strip():
        return _NOBODY_TOOK_IT
    said = list(dict.fromkeys(_said_by_tasks(text))) if text.startswith(_HEADING) else [_unwrapped(text)]
    return ("; ".join(said) or text).strip()[: limits.MAX_REASON_CHARACTERS]


def _said_by_tasks(report: str) -> Iterator[str]:
    # An action's text is its task's once more, except where the task only says that some of its actions failed.
    task_said = True
    for marker, text in _entries(report):
        nested = text.startswith(_HEADING)
        if marker:
            task_said = not nested and text != _MANY
        if text and not nested and (task_said if marker else not task_said):
            yield _unwrapped(text)


def _entries(report: str) -> Iterator[tuple[bool, str]]:
    """Yield for each entry of Mistral's report whether it is a task's, and its text."""
    found = list(_ENTRY.finditer(report))
    ends = [*(match.start() for match in found[1:]), len(report)]
    for match, end in zip(found, ends, strict=False):  # no entry, no end
        yield match[1] is not None, report[match.end() : end].strip()


def _unwrapped(text: str) -> str:
    head, traceback, _ = text.partition(_TRACEBACK)
    if traceback:
        return _without_place(head.strip())
    if text.startswith(_RAISED) and text.endswith(_RAISED_END) and (message := _MESSAGE.search(text)):
        return text[message.end() : -len(_RAISED_END)]
    return _http_answer(text) or text


def _without_place(head: str) -> str:
    """Return what went wrong from the line above a traceback, which is in one of two forms.

    ``Failed to run task [error=<what>, wf=.., task=<task>]:``
    ``Failed to check and complete [wf_ex_id=.., wf_name=..]: <what>``
    """
    _, in_task, rest = head.partition(" [error=")
    error, _, place = rest.rpartition(", wf=")
    if in_task and error:
        task = place.partition(", task=")[2].partition(",")[0].removesuffix("]:")
        return f"{error} (task {task})"
    _, _, error = head.partition("]: ")
    return error or head


def _http_answer(text: str) -> str:
    """Return what an HTTP action's result says: not its headers and cookies, which may hold secrets."""
    if not (text.startswith("{'content': ") and "'status': " in text):
        return ""
    try:
        answer = ast.literal_eval(text)
        return f"HTTP {answer['status']} {answer['reason']}: {str(answer['content'])[:_HTTP_BODY_CHARACTERS]}"
    except (ValueError, SyntaxError, MemoryError, RecursionError, KeyError, TypeError):
        return ""
