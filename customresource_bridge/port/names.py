"""Names what a project or a folder has one of: queues, workflows, files. Pure.

A name says whose it is, and no order makes another of it: a template that is ported again gives the same names. Where a
name cannot hold all that it is made of, or several want one name, a digest of what each is made of is its end.
"""

import re
from hashlib import sha256

_NOT_IN_A_FILE = re.compile(r"[^A-Za-z0-9]")
"""What must not come from a template into a file's name or a script."""
_NOT_IN_A_PROJECT = re.compile(r"[^A-Za-z0-9_-]")
"""What Zaqar takes in no queue's name; a workflow's does without it, too."""
_ENDING = re.compile(r"(\.nested)?(\.template)?(\.(json|ya?ml))?\Z", re.IGNORECASE)
_NAMELESS = "template"
"""What every tool calls a template: whose it is, its folder says."""
_DIGITS = 8
_FILE_LIMIT = 100
_QUEUE_LIMIT = 64
_WORKFLOW_LIMIT = 255


def digest(text: str) -> str:
    """Return some letters that stand for a text."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def letters_of(name: str) -> str:
    """Return the letters of a name that may be in a file's; two names may have the same."""
    return _NOT_IN_A_FILE.sub("", name)[:_FILE_LIMIT]


def file_name(name: str, *, nameless: str) -> str:
    """Return what a name of the template is in a file's name and in a script: for two names it is not the same.

    :param nameless: what begins it where the name has neither letter nor digit.
    """
    letters = letters_of(name)
    return letters if letters and letters == name else f"{letters or nameless}-{digest(name)}"


def queue_name(stack: str, template: str, handler: str) -> str:
    """Return the queue of a handler.

    :param stack: what the first template's stack is called; empty where nothing says it.
    :param template: the name of the nested template that the handler is in; empty for the first.
    """
    return _of_project("cr", stack, template, handler, limit=_QUEUE_LIMIT)


def workflow_name(stack: str, template: str, handler: str) -> str:
    """Return the workflow that stands for a handler. The arguments are those of ``queue_name``."""
    return _of_project("", stack, template, handler, limit=_WORKFLOW_LIMIT)


def _of_project(prefix: str, stack: str, template: str, handler: str, *, limit: int) -> str:
    whole = "-".join(word for word in (prefix, stack, handler) if word)
    name = _NOT_IN_A_PROJECT.sub("", whole).lstrip("-")
    if name == whole and len(name) <= limit and not template:
        return name
    return f"{name[: limit - _DIGITS - 1]}-{digest('/'.join((stack, template, handler)))}"


def without_ending(file: str) -> str:
    """Return a template's file name without what says that it is one."""
    return _ENDING.sub("", file)


def is_nameless(name: str) -> bool:
    """Return whether a template's name says nothing of it."""
    return name.lower() in {"", _NAMELESS}


def name_of_path(path: str) -> str:
    """Return what a template is called by its path from another one's folder; two paths may give one name."""
    *folders, file = path.split("/")
    name = without_ending(file)
    words = folders if folders and is_nameless(name) else [*folders, name]
    return _NOT_IN_A_PROJECT.sub("", "-".join(words))[:_FILE_LIMIT]
