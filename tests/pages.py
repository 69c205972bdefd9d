"""The commands of the documents, as they stand there, for the tests that run them.

A command is, in a page: a line after ``$ `` in a console block, with the lines it goes on in; a whole sh or bash block;
the first cell of a table's row where it begins with ``make`` or ``python3``. ``hidden`` finds what else may be one.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).resolve().parents[1]
FENCE = re.compile(r"^( *)```(\S*)[^\n]*\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
PROMPT = re.compile(r"^\$ ((?:.*\\\n)*.*)$", re.MULTILINE)
ROW = re.compile(r"^\| `((?:make|python3) [^`]*)` \|", re.MULTILINE)
INDENTED = re.compile(r"\n\n((?:    \S.*\n)+)")
SCRIPTS = {"sh", "bash"}
LANGUAGES = {
    *SCRIPTS,
    "console",
    "ini",
    "js",
    "json",
    "nginx",
    "python",
    "sql",
    "text",
    "yaml",
    "{include}",
    "{literalinclude}",
}


def names() -> list[str]:
    """Return every page's path, from the repository's root."""
    found = {*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/README.md")}
    return sorted(str(page.relative_to(ROOT)) for page in found)


def read(name: str) -> str:
    return (ROOT / name).read_text()


def blocks(name: str) -> Iterator[tuple[str, str]]:
    """Yield language and text of each fenced block."""
    for _indent, language, text in FENCE.findall(read(name)):
        yield language, dedent(text)


def commands(name: str) -> list[str]:
    """Return a page's commands in their order; those of tables come last."""
    found: list[str] = []
    for language, text in blocks(name):
        if language == "console":
            found += PROMPT.findall(text)
        elif language in SCRIPTS:
            found.append(text.strip())
    return found + ROW.findall(read(name))


def hidden(name: str) -> list[str]:
    """Return the blocks of a page that do not say what they are: among them could be commands that nobody runs."""
    strange = [text for language, text in blocks(name) if language not in {*LANGUAGES, "{toctree}"}]
    strange += [text for language, text in blocks(name) if language == "console" and not PROMPT.search(text)]
    strange += [text for language, text in blocks(name) if language != "console" and PROMPT.search(text)]
    return strange + INDENTED.findall(FENCE.sub("", read(name)))
