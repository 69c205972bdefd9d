"""What a text from outside may hold where it is stored in clear and printed: no control characters, no odd letters.

One boundary for all that leaves: :func:`one_line` and :func:`each_line` for a log, a terminal, a table;
:func:`in_clear` for a database, and so for what Heat shows and logs; :func:`without_text` for an error.
Heat's database may keep three bytes for a letter (MySQL's utf8mb3) and refuses what lies beyond the Basic Multilingual
Plane; its XML cannot hold control characters; and a terminal obeys them.
"""

import errno
import re
from collections.abc import Iterator
from traceback import format_tb

REPLACEMENT = "\ufffd"
LONGEST_LINE = 4_000
"""Characters. systemd's journal begins a new record after 48 KiB of one line, which would be the text's own."""
_MOST_CAUSES = 5

_ANSI = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours, the cursor
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|(?=\x1b)|\Z)"  # titles and the like
    r"|\x1b[ -/]*[0-~]"  # all others
)
_UNSEEN = re.compile("[\u061c\u200e\u200f]")
"""Marks of the direction of writing, which change how a line reads."""
_NEW_LINE = re.compile("\r\n?|[\u2028\u2029\x85]")
_UNFIT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters, but tab and line feed
    "\u202a-\u202e\u2066-\u2069"  # what turns the direction of writing around
    "\ud800-\udfff\ufffe\uffff\U00010000-\U0010ffff]"
)


def in_clear(text: str) -> str:
    """Return ``text`` as it may be stored in clear: ANSI sequences are taken out whole, other letters replaced."""
    return _UNFIT.sub(REPLACEMENT, _NEW_LINE.sub("\n", _UNSEEN.sub("", _ANSI.sub("", text))))


def one_line(text: str) -> str:
    """Return ``text`` in one line, without anything that a terminal obeys or a reader of lines takes for an end."""
    if len(text) > LONGEST_LINE:
        text = f"{text[: LONGEST_LINE - 1]}…"
    # Nearly always it is fit as it is, and this is done for each line of the log.
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else " " if letter.isspace() else "?" for letter in text)


def each_line(text: str) -> str:
    """Return ``text`` with its lines, each as :func:`one_line` returns it."""
    return "\n".join(one_line(line) for line in text.split("\n"))


def without_text(error: BaseException) -> str:
    """Return an error's type and where it was raised, then those of what it came from: nothing of what they say.

    That may quote a secret, or forge a line. The operating system's own word for its error (EACCES) does neither.
    """
    told = (
        f"{type(one).__name__}{_system_s_word(one)} in\n{''.join(format_tb(one.__traceback__)).rstrip()}"
        for one in _and_its_causes(error)
    )
    return "\n  which came from ".join(told)


def _system_s_word(error: BaseException) -> str:
    # A library's own kind may hold another number there, as ssl's and socket's do; and anything may be put there.
    if not isinstance(error, OSError) or type(error).__module__ != "builtins" or not isinstance(error.errno, int):
        return ""
    name = errno.errorcode.get(error.errno)
    return f" ({name})" if name else ""


def _and_its_causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it was raised from, or in the handling of, as far as that matters to a reader."""
    one: BaseException | None = error
    for _ in range(_MOST_CAUSES):
        if one is None:
            return
        yield one
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)


def mended(text: str) -> str:
    """Return ``text`` with what is no letter at all, half of a surrogate pair, replaced."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
