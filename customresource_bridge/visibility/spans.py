"""Spans of time as people read them. Pure."""

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_SPANS = ((_DAY, "d", _HOUR, "h"), (_HOUR, "h", _MINUTE, "m"), (_MINUTE, "m", 1, "s"))


def span(seconds: int) -> str:
    """Return a span of time in its two largest units: ``3h 5m``."""
    sign, left = ("-", -seconds) if seconds < 0 else ("", seconds)
    for size, unit, smaller, small_unit in _SPANS:
        if left >= size:
            return f"{sign}{left // size}{unit} {left % size // smaller}{small_unit}"
    return f"{sign}{left}s"
