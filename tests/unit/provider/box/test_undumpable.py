import ctypes

from customresource_bridge.provider.box.undumpable import make_undumpable

PR_GET_DUMPABLE, PR_SET_DUMPABLE = 3, 4


def test_the_kernel_takes_the_process_for_one_that_is_not_to_be_read() -> None:
    library = ctypes.CDLL(None)
    library.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
    make_undumpable()
    assert library.prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0
    library.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
