"""What the forkserver reads of /proc; its processes are in the functional tests."""

from pathlib import Path

from customresource_bridge.provider.box.forkserver import children_of, count_below, parents, threads_in_all


def process(proc: Path, pid: int, parent: int, *, name: str = "sh") -> None:
    (proc / str(pid)).mkdir()
    (proc / str(pid) / "stat").write_text(f"{pid} ({name}) S {parent} 1 1 0\n")


def family(proc: Path) -> None:
    process(proc, 1, 0)
    process(proc, 10, 1, name="a) S 99 (b")
    process(proc, 11, 10)
    process(proc, 12, 11)
    process(proc, 13, 10)
    (proc / "14").mkdir()  # it ends as it is looked at
    (proc / "self").mkdir()


def test_a_parent_is_read_whatever_a_process_calls_itself(tmp_path: Path) -> None:
    family(tmp_path)
    assert parents(str(tmp_path)) == {0: {1}, 1: {10}, 10: {11, 13}, 11: {12}}


def test_descendants_are_counted(tmp_path: Path) -> None:
    family(tmp_path)
    assert [count_below(pid, str(tmp_path)) for pid in (1, 10, 12, 99)] == [4, 3, 0, 0]


def test_children_are_those_that_the_kernel_lists(tmp_path: Path) -> None:
    for thread, listed in ((10, "11 13 "), (15, "16 ")):
        folder = tmp_path / "10" / "task" / str(thread)
        folder.mkdir(parents=True)
        (folder / "children").write_text(listed)
    assert children_of(10, str(tmp_path)) == {11, 13, 16}


def test_or_those_that_name_it_where_it_lists_none(tmp_path: Path) -> None:
    family(tmp_path)
    (tmp_path / "10" / "task" / "10").mkdir(parents=True)
    assert children_of(10, str(tmp_path)) == {11, 13}
    assert children_of(99, str(tmp_path)) == set()


def test_the_host_s_threads_are_counted_cheaply(tmp_path: Path) -> None:
    (tmp_path / "loadavg").write_text("0.52 0.58 0.59 3/742 12345\n")
    assert threads_in_all(str(tmp_path)) == 742
