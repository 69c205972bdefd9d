"""The result of one check, as a person reads it and as a script does. Pure."""

from dataclasses import dataclass

HEADINGS = {"ok": "Result", "check": "Check", "problem": "Problem, and what to do"}


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check.

    :ivar problem: what is wrong, and its remedy; None where all is well.
    :ivar warning: what may be wrong: whether it is cannot be seen from here.
    :ivar note: what there is to say where all is well.
    """

    what: str
    problem: str | None = None
    warning: str | None = None
    note: str = ""

    @property
    def row(self) -> tuple[bool, str, str | None]:
        """The columns of its line, for a script."""
        return self.problem is None, self.what, self.problem or self.warning

    @property
    def shown(self) -> tuple[str, str, str]:
        """The columns of its line, for a person."""
        if self.problem is not None:
            return "WRONG", self.what, self.problem
        return "ok" if self.warning is None else "warning", self.what, self.warning or self.note
