import threading

from customresource_bridge.gateway.http.workers import Workers


def test_work_is_done_in_so_many_threads_and_what_was_given_before_the_stop_too() -> None:
    workers, together, seen = Workers(2, name="answer"), threading.Barrier(3, timeout=10), []
    workers.start()
    for _ in range(2):
        workers.submit(together.wait)
    together.wait()
    done = threading.Event()
    workers.submit(lambda: seen.append(threading.current_thread().name))
    workers.submit(done.set)
    workers.stop(patience=10)
    assert done.is_set()
    assert not any(thread.is_alive() for thread in workers._threads)
    assert seen[0].startswith("answer-")


def test_what_takes_longer_than_the_patience_is_not_waited_for() -> None:
    workers, may = Workers(1, name="answer"), threading.Event()
    workers.start()
    workers.submit(may.wait)
    workers.stop(patience=0)
    (thread,) = workers._threads
    assert thread.is_alive()
    may.set()
    thread.join(10)
    assert not thread.is_alive()


def test_a_stop_before_the_start_is_no_harm() -> None:
    workers = Workers(2, name="answer")
    workers.stop(patience=0)
    assert not any(thread.is_alive() for thread in workers._threads)
