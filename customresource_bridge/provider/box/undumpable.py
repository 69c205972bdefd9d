"""Makes this process unreadable for others of its user: no memory, no environment, no descriptors, no core file."""

import ctypes
import os

_PR_SET_DUMPABLE = 4


def make_undumpable() -> None:
    """Have /proc show of this process only what everybody may know; root may still read it.

    :raises OSError: the kernel refuses.
    """
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(_PR_SET_DUMPABLE, *(ctypes.c_ulong(0),) * 4):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
