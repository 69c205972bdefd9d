"""What can go wrong with the cloud, as one line for the person in front of it. Raised everywhere, printed by cli."""

from pathlib import Path


class CloudError(Exception):
    """The cloud cannot do what was asked; the text says what is wrong and what to do about it."""


class StepFailed(CloudError):  # noqa: N818 - says what happened
    """One service or one step of the preparation failed; its log tells why."""

    def __init__(self, name: str, problem: str, log: Path | None = None) -> None:
        super().__init__(f"{name}: {problem}")
        self.name = name
        self.log = log
