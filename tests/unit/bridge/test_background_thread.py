import time
from threading import Event

from customresource_bridge.bridge.background_thread import BackgroundThread


def test_one_that_never_began_has_ended() -> None:
    assert BackgroundThread(Event().wait, name="never").join()


def test_its_end_is_waited_for() -> None:
    ended: list[bool] = []
    thread = BackgroundThread(lambda: ended.append(True), name="soon")
    thread.start()
    assert thread.join()
    assert ended == [True]


def test_one_that_goes_on_is_not_waited_for_beyond_the_moment() -> None:
    go_on = Event()
    thread = BackgroundThread(lambda: go_on.wait(30), name="slow")
    thread.start()
    assert not thread.join(time.monotonic() + 0.01)
    assert not thread.join(time.monotonic() - 60)
    go_on.set()
    assert thread.join(time.monotonic() + 30)
