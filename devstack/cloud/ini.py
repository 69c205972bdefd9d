"""Render the INI files of oslo.config and uwsgi. Pure."""

from collections.abc import Mapping

Value = str | int | bool
Sections = Mapping[str, Mapping[str, Value]]


def render(sections: Sections) -> str:
    """Return the text of an INI file; ValueError for a value that would break its line."""
    lines = []
    for section, options in sections.items():
        lines.append(f"[{section}]")
        for key, value in options.items():
            text = str(value).lower() if isinstance(value, bool) else str(value)
            if "\n" in text:
                raise ValueError(f"[{section}] {key}: a value must be one line")
            lines.append(f"{key} = {text}")
        lines.append("")
    return "\n".join(lines)
