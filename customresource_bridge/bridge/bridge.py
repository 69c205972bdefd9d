"""The bridge of one project: its threads, and the way of a request through them.

    bells -> ready queues -> claimers -> table of requests in flight -> worker pool (handling) -> done
                                               ^ execution watcher, timers, claims

It keeps no state beyond its life, and decides nothing about a request itself.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial

from oslo_log import log as oslo_log

from customresource_bridge import errors
from customresource_bridge.bridge.background_thread import BackgroundThread
from customresource_bridge.bridge.clock import Clock
from customresource_bridge.bridge.handling.decision import GIVE_UP
from customresource_bridge.bridge.handling.handler import Next, Onward, Over, RequestHandler
from customresource_bridge.bridge.handling.routes import Routes
from customresource_bridge.bridge.in_flight import InFlight, Table
from customresource_bridge.bridge.intake.admission import Admission
from customresource_bridge.bridge.intake.beginnings import Beginnings
from customresource_bridge.bridge.intake.bells import Bells
from customresource_bridge.bridge.intake.claims import FIRST_TTL, Claims
from customresource_bridge.bridge.intake.ready_queues import ReadyQueues
from customresource_bridge.bridge.intake.room import Room
from customresource_bridge.bridge.intake.unheard_claims import UnheardClaims, may_have_claimed
from customresource_bridge.bridge.observability.events import GivenBack, Observer, Observers
from customresource_bridge.bridge.observability.request_log import log_step
from customresource_bridge.bridge.owners_handlers import OwnersHandlers
from customresource_bridge.bridge.project import Project
from customresource_bridge.bridge.scheduling.execution_watcher import ExecutionWatcher, Watcher
from customresource_bridge.bridge.scheduling.pace import Pace
from customresource_bridge.bridge.scheduling.timers import Timers
from customresource_bridge.bridge.scheduling.worker_pool import WorkerPool
from customresource_bridge.bridge.settings import Settings
from customresource_bridge.bridge.trouble_log import TroubleLog
from customresource_bridge.clients.zaqar.zaqar import Message

LOG = oslo_log.getLogger(__name__)

_CLAIMERS = 2
_PAUSE = 0.2
_BLOCKED_PAUSE = 5.0
_UNAVAILABLE_PAUSE = 2.0
_REFUSED_PAUSE = 30.0


class Bridge:
    """Handles the requests of one project.

    :param executor: what runs the handling; by default threads, as many as the settings say.
    :param listens: whether it looks for work by itself; otherwise it is told by :meth:`ring`.
    :param choose_watcher: given the project's own watcher of executions, returns what watches; by default that itself.
    :param observer: told of each step of each request; by default the log alone.
    :param pace: that of the process's bridges together, where there are several.
    :param beginnings: the turns to claim and start that they have together; by default, there is one for each thread.
    """

    def __init__(  # noqa: PLR0913 - keyword-only seams beside what it always needs
        self,
        project: Project,
        routes: Routes,
        settings: Settings,
        *,
        clock: Clock | None = None,
        executor: Executor | None = None,
        listens: bool = True,
        choose_watcher: Callable[[Watcher], Watcher] | None = None,
        observer: Observer | None = None,
        pace: Pace | None = None,
        beginnings: Beginnings | None = None,
    ) -> None:
        clock = clock or Clock()
        self._project = project
        self._settings = settings
        self._clock = clock
        self._observer = observer = observer or Observers([log_step])
        self.table = Table()
        of = f"project {project.id}"
        self._claiming = TroubleLog(LOG, "claim messages", of=of, clock=clock)
        self._ready = ReadyQueues()
        self._room = Room(self.table.__len__, places=settings.max_in_flight)
        self._beginnings = beginnings or Beginnings(settings.workers + _CLAIMERS, claims=_CLAIMERS)
        self._stopping = threading.Event()
        self._given_back = threading.Event()
        self._timers = Timers("timers", clock=clock)
        self._unheard = UnheardClaims(self._timers, self._ready.add, clock=clock)
        self._claims = Claims(project.zaqar, self.table, of=of, clock=clock, observer=observer)
        self._admission = Admission(
            project, self.table, settings, claims=self._claims, observer=observer, clock=clock, give_up=GIVE_UP
        )
        self._handlers = OwnersHandlers(
            project,
            partial(
                RequestHandler,
                routes=routes,
                clock=clock,
                notify_started=self._started,
                observer=observer,
                keys=settings.keys,
            ),
        )
        watching = partial(ExecutionWatcher, project.mistral, self.table, of=of, ended=self.submit, clock=clock)
        watcher: Watcher = watching(fastest=settings.watch_interval, pace=pace)
        self._watcher = choose_watcher(watcher) if choose_watcher else watcher
        self._bells = Bells(project.zaqar, settings, of=of, found=self._ready.add, clock=clock) if listens else None
        self._workers = WorkerPool(self._work, self.table.get, threads=settings.workers, executor=executor)
        self._claimers = [BackgroundThread(self._claim_all, name=f"claim-{n}") for n in range(_CLAIMERS)]

    def start(self) -> None:
        """Begin to handle requests."""
        self._timers.start()
        self._claims.start()
        self._watcher.start()
        for claimer in self._claimers:
            claimer.start()
        if self._bells:
            self._bells.start()

    def ring(self, queue: str, *, swept: bool = False) -> None:
        """Say that a queue has work, or that a sweep found it: it may have work."""
        self._ready.add(queue, swept=swept)

    def ping(self) -> None:
        """See that a bell would be heard, where the bridge listens by itself.

        :raises ServiceUnavailable: it would not.
        """
        if self._bells:
            self._bells.ping()

    @property
    def idle(self) -> bool:
        """Whether there is nothing in flight, nothing heard of and nothing to be tried again."""
        return not (len(self.table) or len(self._ready) or len(self._workers) or len(self._unheard))

    def stop(self) -> set[str]:
        """End cleanly: claim no more, finish what is being done, give back what is not.

        It takes ``stop_patience`` and ``give_back_patience`` at most, however slow the services are: what is not given
        back by then is another bridge's once its claim has run out.

        :returns: the queues that still have work.
        """
        self._stopping.set()
        finished_by = time.monotonic() + self._settings.stop_patience
        if self._bells:
            self._bells.stop(finished_by)
        left = set(self._ready.close())
        for claimer in self._claimers:
            claimer.join(finished_by)
        self._timers.stop(finished_by)
        self._watcher.stop(finished_by)
        self._workers.finish(finished_by - time.monotonic())
        self._workers.close()
        self._claims.stop(finished_by)
        self._given_back.set()
        entries = self.table.all()
        if entries:
            giving_back = BackgroundThread(partial(self._give_back, entries), name="give-back")
            giving_back.start()
            if not giving_back.join(finished_by + self._settings.give_back_patience):
                LOG.warning("not all of %d requests are given back, their claims will run out", len(entries))
        return left | {entry.message.queue for entry in entries}

    def _give_back(self, entries: list[InFlight]) -> None:
        for entry in entries:
            self._release(entry)

    def submit(self, entry: InFlight) -> None:
        """Have a thread advance a request: its execution has ended, or it is time to look."""
        self._workers.submit(entry)

    def _work(self, entry: InFlight) -> None:
        if self._is_gone(entry):
            return
        if not entry.started and self._must_wait(entry):
            # The end of what it waits for tells it, unless that was dropped because its claim was lost.
            self._look_after(_BLOCKED_PAUSE, entry)
            return
        if not entry.begins:
            self._act_on(entry, self._advance(entry))
            return
        with self._beginnings.start() as came:
            # Where none comes, the process ends: it is given back then.
            step = self._advance(entry) if came and not self._is_gone(entry) else None
        if step is not None:
            self._act_on(entry, step)

    def _is_gone(self, entry: InFlight) -> bool:
        """Return whether a request was dropped meanwhile: it may have been claimed anew, here or by another bridge."""
        return self._given_back.is_set() or self.table.get(entry.key) is not entry

    def _must_wait(self, entry: InFlight) -> bool:
        """Return whether a request waits for an earlier one of its resource, or since its project has its share."""
        now, limit, held_before = self._clock.now(), self._settings.max_running, entry.held_back
        if self.table.blocked(entry, now):
            return True
        if entry.response is not None or self.table.may_start(entry, limit, now):
            return False
        if not held_before:
            LOG.info("%s: held back: %s requests of its project are running, as many as may", entry, limit)
        return True

    def _advance(self, entry: InFlight) -> Next:
        try:
            return self._handlers.handler(entry).advance(entry)
        except Exception as error:
            mistake = error
        return self._after_mistake(entry, mistake)

    def _after_mistake(self, entry: InFlight, mistake: Exception) -> Next:
        try:
            return self._handlers.handler(entry).after_mistake(entry, mistake)
        except Exception as error:
            later = type(error).__name__
        # Held without a timer it would be forgotten; its message is claimed anew when the claim has run out.
        LOG.warning("%s: let go, its claim will run out: %s", entry, later)
        return Over()

    def _act_on(self, entry: InFlight, step: Next) -> None:
        match step:
            case Onward(patience):
                if patience is not None:
                    self._look_after(patience, entry)
                self.submit(entry)
                if entry.response is not None:
                    self._let_start()
            case Over():
                followers = self.table.followers(entry)
                self.table.remove(entry)
                for follower in followers:
                    self.submit(follower)
                self._let_start()
            case _:
                self._look_after(step.after, entry)

    def _let_start(self) -> None:
        """Have the first of those held back try again: a place may be free."""
        if self._settings.max_running is not None:
            for entry in self.table.held_back()[:1]:
                self.submit(entry)

    def _look_after(self, seconds: float, entry: InFlight) -> None:
        """Have it advanced in so many seconds, and not at the time that was set before."""
        entry.look_at = self._clock.monotonic() + seconds
        # Its key only: the request may be over long before, and is not to be kept in memory for that.
        self._timers.after(seconds, self._look, entry.key, entry.look_at)

    def _look(self, key: str, due: float) -> None:
        entry = self.table.get(key)
        if entry is None or entry.look_at != due:
            return
        if entry.telling is not None:  # no thread was free for it, or the receiver is not heard of
            self._handlers.handler(entry).tell_no_more(entry)
        self.submit(entry)

    def _started(self, entry: InFlight) -> None:
        self._watcher.wake()
        for follower in self.table.followers(entry):
            self.submit(follower)

    def _claim_all(self) -> None:
        while not self._stopping.is_set():
            if self._full():
                self._stopping.wait(_PAUSE)
                continue
            queue = self._ready.take()
            if queue is not None:
                self._claim_from(queue)

    def _full(self) -> bool:
        return len(self.table) >= self._settings.max_in_flight or self._workers.unsettled >= 4 * self._settings.workers

    def _claim_from(self, queue: str) -> None:
        """Claim one message, where there is room for it; the queue has its next turn after the others."""
        if self.table.has_its_share(queue, self._clock.monotonic(), self._settings) or not self._room.enter():
            self._put_off(queue, _PAUSE)
            return
        try:
            with self._beginnings.claim() as came:
                ends = self._stopping.is_set() or not came
                entry = None if ends else self._claim_one(queue)
        finally:
            self._room.leave()
        if ends:
            self._ready.put_off(queue)
        elif entry is not None and self._given_back.is_set():
            self._release(entry)  # the claim took longer than a stop waits
        elif entry is not None:
            self.submit(entry)

    def _claim_one(self, queue: str) -> InFlight | None:
        entry: InFlight | None = None
        message: Message | None = None
        mistake: Exception | None = None
        try:
            message = self._project.zaqar.claim_one(queue, ttl=FIRST_TTL)
            self._claiming.works(thing=queue)
            entry = self._admission.admit(message) if message else None
        except errors.ServiceUnavailable as error:
            self._claiming.failed(f"{queue}: {error}", thing=queue)
            if message is not None or may_have_claimed(error):
                self._unheard.add(queue)
            self._put_off(queue, _UNAVAILABLE_PAUSE)
            return None
        except errors.CustomResourceError as error:
            # Asking again soon would not mend it, and must not keep an idle bridge open. The next bell tries again too.
            self._claiming.failed(f"{queue}: {error}", thing=queue)
            self._timers.after(_REFUSED_PAUSE, partial(self._ready.add, queue, swept=True))
        except Exception as error:
            LOG.exception("unexpected error; a message of %s waits for its claim to run out", queue)
            mistake = error
            self._unheard.add(queue)
        if message is not None and mistake is not None:
            self._admission.stumbled(message, mistake)
        self._ready.give_back(queue, more=message is not None)
        return entry

    def _put_off(self, queue: str, seconds: float) -> None:
        self._ready.put_off(queue)
        self._timers.after(seconds, self._ready.try_again, queue)

    def _release(self, entry: InFlight) -> None:
        if not entry.claimed:
            return
        try:
            self._project.zaqar.release(entry.message)
            self._observer(GivenBack(entry))
        except errors.CustomResourceError as error:
            LOG.warning("%s: not given back, its claim will run out: %s", entry, error)
