"""Which processes a record means: its own session's, never a stranger's that got the same number."""

from devstack.cloud.processes import Process, Record, members, parse_stat

RECORD = Record(pid=100, started=5000, boot="boot-1")


def process(pid: int, *, session: int = 100, started: int = 5000, zombie: bool = False) -> Process:
    return Process(pid, session=session, started=started, zombie=zombie)


def test_the_leader_and_what_it_forked_are_members() -> None:
    assert members(RECORD, [process(100), process(101, started=5001), process(7, session=7)], boot="boot-1") == [
        100,
        101,
    ]


def test_workers_outlive_their_leader_as_members() -> None:
    assert members(RECORD, [process(101, started=5001)], boot="boot-1") == [101]


def test_a_pid_that_was_used_again_is_a_stranger() -> None:
    assert members(RECORD, [process(100, started=9000), process(102, started=9001)], boot="boot-1") == []


def test_a_record_of_an_earlier_boot_means_nothing() -> None:
    assert members(RECORD, [process(100)], boot="boot-2") == []


def test_a_zombie_is_dead() -> None:
    assert members(RECORD, [process(100, zombie=True)], boot="boot-1") == []


def test_a_name_with_brackets_and_spaces_does_not_shift_the_fields() -> None:
    after_name = ["S", "1", "100", "100", *["0"] * 15, "4711", "0"]
    read = parse_stat(f"100 (a) strange) name) {' '.join(after_name)}\n")
    assert read == Process(100, session=100, started=4711, zombie=False)
