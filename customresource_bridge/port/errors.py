"""The error of a template that cannot be ported at all: it cannot be read, or is none."""

from customresource_bridge.protocol.errors import CustomResourceError


class TemplateError(CustomResourceError):
    """The template cannot be ported at all.

    :param problem: what is wrong.
    :param remedy: what its author can do.
    :param line: where, counted from 1; 0 where it concerns the whole file.
    """

    def __init__(self, problem: str, remedy: str, *, line: int = 0) -> None:
        super().__init__(f"{problem}: {remedy}")
        self.problem = problem
        self.remedy = remedy
        self.line = line
