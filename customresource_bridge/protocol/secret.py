"""A text that must not be shown by accident: in a log, a repr, a traceback."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Secret:
    """Holds a secret text; only :meth:`reveal` gives it out."""

    _text: str

    def reveal(self) -> str:
        """Return the secret. The caller answers for where it goes."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    def __bool__(self) -> bool:
        return bool(self._text)
