"""Makes inputs of inputs: cut, doubled, spliced, nested, with letters that no one expects."""

import json
from collections.abc import Callable

from hypothesis import strategies as st

PIECES = (
    *(b"\x00", b"\r\n", b"\x1b[31m", b"\xe2\x80\xae", b"\xe2\x80\xa8", b"\xed\xa0\x80", b"\xff\xfe", b"\xef\xbb\xbf"),
    *(b"{", b"}", b"[", b"]", b'"', b"\\", b"\\ud800", b"NaN", b"1e999", b"-0", b"9" * 400, b"null", b"true", b"%00"),
    *(b"&a", b"*a", b"!!python", b"<% env() %>", b"{{ x }}", b"${", b"Fn::Sub", b": ", b"- ", b"%2e%2e"),
    *(b"://", b"@", b"?", b"#", b"=", b";", b"=" * 50),
)


def changed(seeds: tuple[bytes, ...], limit: int) -> st.SearchStrategy[bytes]:
    """Return what draws inputs: the seeds changed in some places, JSON of any kind, and bytes of any kind."""
    places = st.integers(0, 2**16)
    edits = st.lists(st.tuples(st.sampled_from(EDITS), places, places, st.sampled_from(PIECES)), max_size=6)
    mutated = st.builds(_edited, st.sampled_from(seeds), edits)
    numbers = st.one_of(st.integers(), st.floats())
    values = st.recursive(
        st.one_of(st.none(), st.booleans(), numbers, st.text(max_size=50)),
        lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(st.text(max_size=20), inner, max_size=5)),
        max_leaves=20,
    )
    of_json = values.map(lambda value: json.dumps(value).encode())
    return st.one_of(mutated, of_json, st.binary(max_size=400)).map(lambda raw: raw[:limit])


def _edited(raw: bytes, edits: list[tuple[Callable[[bytes, int, int, bytes], bytes], int, int, bytes]]) -> bytes:
    for edit, first, second, piece in edits:
        low, high = sorted((first % (len(raw) + 1), second % (len(raw) + 1)))
        raw = edit(raw, low, high, piece)
    return raw


EDITS: tuple[Callable[[bytes, int, int, bytes], bytes], ...] = (
    lambda raw, low, _high, piece: raw[:low] + piece + raw[low:],
    lambda raw, low, high, piece: raw[:low] + piece + raw[high:],
    lambda raw, low, high, _piece: raw[:low] + raw[high:],
    lambda raw, low, high, _piece: raw[:high] + raw[low:high] + raw[high:],
    lambda raw, low, high, _piece: raw[:low] + raw[low:high][:64] * 200 + raw[high:],
    lambda raw, low, high, piece: raw[:low] + piece * (1 + high % 3000) + raw[low:],
    lambda raw, _low, high, _piece: b"[" * (high % 2000) + raw + b"]" * (high % 2000),
    lambda raw, low, _high, _piece: raw[:low] + bytes([raw[low] ^ 0x80]) + raw[low + 1 :] if low < len(raw) else raw,
)
