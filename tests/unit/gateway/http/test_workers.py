import threading

from customresource_bridge.gateway.http.workers import Workers


def test_work_is_done_in_so_many_threads_and_what_was_given_before_the_stop_too() -> None:
    workers, together, seen = Workers(2, name="answer"), threading.Barrier(3, timeout=10), []
    for _ in range(2):
        workers.submit(together.wait)
    together.wait()
    done = threading.Event()
    workers.submit(lambda: seen.append(threading.current_thread().name))
    workers.submit(done.set)
    workers.stop()
    assert done.wait(10)
    for thread in workers._threads:
        thread.join(10)
        assert not thread.is_alive()
    assert seen[0].startswith("answer-")


def test_without_work_there_is_no_thread() -> None:
    workers = Workers(2, name="answer")
    workers.stop()
    assert not any(thread.is_alive() for thread in workers._threads)
