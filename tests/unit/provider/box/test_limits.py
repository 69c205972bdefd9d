import resource

from customresource_bridge.provider.box.limits import Limits

MIB = 1024 * 1024


def test_the_kernel_is_told_each_limit() -> None:
    limits = Limits(memory=100, processes=7, file_size=3, open_files=64).of_the_kernel(running=20)
    assert limits[resource.RLIMIT_DATA] == 100 * MIB
    assert limits[resource.RLIMIT_FSIZE] == 3 * MIB
    assert limits[resource.RLIMIT_NOFILE] == 64
    assert limits[resource.RLIMIT_CORE] == 0
    assert limits[resource.RLIMIT_NPROC] == 27


def test_handlers_that_run_beside_each_other_do_not_take_each_other_s_processes() -> None:
    assert Limits(processes=7, at_once=4).of_the_kernel(running=20)[resource.RLIMIT_NPROC] == 48


def test_addresses_have_room_beyond_the_memory() -> None:
    for memory in (1, 100, 1024, 10_000):
        limits = Limits(memory=memory).of_the_kernel(running=0)
        assert resource.RLIMIT_AS not in Limits(memory=memory).of_the_kernel(running=0, addresses=False)
        assert limits[resource.RLIMIT_AS] >= max(4 * limits[resource.RLIMIT_DATA], 4096 * MIB)
