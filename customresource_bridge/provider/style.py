"""In which style a handler is written, as far as that can be seen without running it. Pure.

A handler in Lambda's style answers the request itself, or returns the answer. In the CDK's style (the functions behind
its provider framework, ``onEvent`` and perhaps ``isComplete``) returning is success and raising is failure. One that
crhelper serves says so to crhelper, which has it called again where it polls.
"""

from dataclasses import dataclass

from customresource_bridge.compat import StrEnum
from customresource_bridge.errors import ConfigurationError
from customresource_bridge.provider.ending import Loaded


class Style(StrEnum):
    """How a handler says what came of a request."""

    LAMBDA = "lambda"
    CDK = "cdk"
    CRHELPER = "crhelper"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerStyle:
    """A style, and how it came to be taken for it.

    :ivar is_complete: the function that is asked whether the work is complete, as ``module:function``.
    :ivar polls: whether crhelper has the handler called again until its work is complete.
    :ivar why: what was seen, to follow "since"; empty where it was asked for or nothing was seen.
    """

    style: Style
    is_complete: str | None = None
    polls: bool = False
    why: str = ""

    def __str__(self) -> str:
        """Return it in words, for the log."""
        asked = f", asked {self.is_complete} until it is complete" if self.is_complete else ""
        asked += ", called again until it is complete" if self.polls else ""
        return f"style {self.style}{f' (since {self.why})' if self.why else ''}{asked}"


NOT_ASKED = "none"
"""What ``--is-complete`` says where the framework has no isComplete."""


def recognise(
    handler: str, *, asked: Style | None, is_complete: str | None, seen: Loaded | None = None
) -> HandlerStyle:
    """Return a handler's style.

    :param handler: its name, ``module:function`` or as Lambda writes it.
    :param asked: what ``--style`` says.
    :param is_complete: what ``--is-complete`` says; ``NOT_ASKED`` where none is to be asked, whatever stands beside it.
    :param seen: what was seen of its module as it was imported.
    :raises ConfigurationError: they do not go together.
    """
    seen = seen or Loaded()
    if asked in {Style.LAMBDA, Style.CRHELPER} and is_complete:
        raise ConfigurationError("--is-complete goes with --style cdk")
    if asked is Style.CRHELPER and not seen.crhelper:
        raise ConfigurationError("--style crhelper: the handler's module has no CfnResource of crhelper's")
    if asked is Style.LAMBDA:
        return HandlerStyle(style=Style.LAMBDA)
    module, function = _parts(handler)
    why = "" if asked else _signs(function, is_complete)
    if asked is Style.CRHELPER or (asked is None and not why and seen.crhelper):
        why = "" if asked else "crhelper serves it"
        return HandlerStyle(style=Style.CRHELPER, polls=seen.polls_every is not None, why=why)
    if asked is None and not why:
        return HandlerStyle(style=Style.LAMBDA)
    if is_complete == NOT_ASKED:
        is_complete = None
    elif is_complete is None and seen.beside:
        is_complete, why = f"{module}:{seen.beside[0]}", why or f"{seen.beside[0]} stands beside it"
    return HandlerStyle(style=Style.CDK, is_complete=is_complete, why=why)


def _signs(function: str, is_complete: str | None) -> str:
    if is_complete:
        return "--is-complete is given"
    return f"it is named {function}" if function.replace("_", "").lower() == "onevent" else ""


def _parts(handler: str) -> tuple[str, str]:
    module, colon, function = handler.partition(":")
    if not colon:
        module, _, function = handler.rpartition(".")
    return module, function
