"""What the monitor does for rows that wait without a thread, on Heat's own tables. ``make unit-plugin``."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from heat.common import exception
from heat.db import models
from heat_tables import change, make_tables, statements
from monitor_sweep import Sweep

from customresource_bridge import errors
from customresource_bridge.plugin.delivery.lookup.takers import Taken, Untaken
from customresource_bridge.plugin.delivery.workflow import PredecessorActs
from customresource_bridge.plugin.heat import leases
from customresource_bridge.plugin.lifecycle.lease import LeaseState
from customresource_bridge.plugin.lifecycle.request_view import RequestExecution
from customresource_bridge.plugin.lifecycle.schedule import GRACE, KEPT, LOST
from customresource_bridge.plugin.lifecycle.spec import Delivery
from customresource_bridge.plugin.lifecycle.state import Pending
from customresource_bridge.plugin.lifecycle.wait_decision import Seen
from customresource_bridge.plugin.metrics.untaken import TakerKind
from customresource_bridge.plugin.waiting.monitor import TROUBLE
from customresource_bridge.plugin.waiting.rows import is_as_loaded
from customresource_bridge.protocol import RequestType

AWAY = errors.ServiceUnavailable("Mistral", "show an execution", "no answer in time")
DISABLED = errors.Unauthorized("Keystone", "give a token", "the user is disabled", status=401)


@pytest.fixture(scope="module", autouse=True)
def _database() -> None:
    make_tables()


@pytest.fixture
def sweep() -> Sweep:
    return Sweep()


def test_a_request_that_no_answer_came_to_is_posted_again_and_counted(sweep: Sweep) -> None:
    row_id = sweep.waiting(Delivery.QUEUE, next_post=0, expires=0)
    sweep.seen = Seen.MISSING
    assert sweep.attend(row_id) == 60
    assert sweep.did() == ["load", "see", "send"]
    assert sweep.lease(row_id).posts == 2


def test_an_answer_that_no_thread_saw_wakes_the_resource(sweep: Sweep) -> None:
    row_id = sweep.waiting(Delivery.QUEUE)
    sweep.seen = Seen.ENDED
    assert sweep.attend(row_id) == (LOST + GRACE).total_seconds()
    assert sweep.lease(row_id).state is LeaseState.WAKING


def test_a_message_that_is_on_its_way_is_waited_for_without_a_look(sweep: Sweep) -> None:
    row_id = sweep.waiting(state=LeaseState.WAKING, expires=30)
    assert sweep.attend(row_id) == 35
    assert sweep.did() == ["load"]
    sweep.clock.advance(35)
    sweep.attend(row_id)
    assert sweep.did() == ["load", "wake"]


def test_a_row_that_does_not_wait_may_be_one_that_never_asked(sweep: Sweep) -> None:
    row_id = sweep.row()
    assert sweep.attend(row_id) is None
    sweep.begins_at = sweep.clock() + timedelta(seconds=35)
    assert sweep.attend(row_id) == 35
    assert sweep.did() == ["load", "begin again"]


@pytest.mark.parametrize(
    ("time_remaining", "deadline"), [(-1, 3600), (3600, -1)], ids=["its stack's end is near", "its deadline passed"]
)
def test_what_must_have_a_thread_is_woken_without_a_look(sweep: Sweep, time_remaining: float, deadline: float) -> None:
    sweep.time_remaining = time_remaining
    sweep.attend(sweep.waiting(deadline=deadline))
    assert sweep.did() == ["load", "wake"]


@pytest.mark.parametrize(
    ("seen", "did"),
    [(Seen.RUNNING, ["load", "see", "wake"]), (Seen.STOPPING, ["load", "see"]), (AWAY, ["load", "see"])],
)
def test_a_delete_that_could_not_stop_a_workflow_tries_again_once_that_can_help(
    sweep: Sweep, seen: Seen | Exception, did: list[str]
) -> None:
    sweep.around, sweep.seen = {"row_deleted": True}, seen
    sweep.attend(sweep.waiting())
    assert sweep.did() == did


def test_while_its_workflow_runs_nothing_but_mistral_is_asked(sweep: Sweep) -> None:
    row_id = sweep.waiting()
    assert sweep.attend(row_id) == 1
    assert sweep.attend(row_id) == 1
    assert sweep.did() == ["see"]
    assert sweep.lease(row_id) == sweep.loaded[row_id].lease


def test_the_other_processes_are_told_that_a_workflow_is_watched(sweep: Sweep) -> None:
    row_id = sweep.waiting(expires=1)
    sweep.attend(row_id)
    sweep.clock.advance(1)
    sweep.attend(row_id)
    assert sweep.did() == ["see"]
    kept = sweep.lease(row_id)
    assert (kept.posts, kept.expires_at - sweep.clock()) == (1, KEPT)


def test_a_row_that_another_process_has_taken_is_let_go(sweep: Sweep) -> None:
    row_id = sweep.waiting(expires=1)
    sweep.attend(row_id)
    sweep.clock.advance(1)
    taken = sweep.lease(row_id).held_by_thread()
    assert leases.swap(sweep.context, row_id, sweep.lease(row_id), taken)
    assert sweep.attend(row_id) is None
    assert sweep.did() == ["see"]
    assert sweep.lease(row_id) == taken


def test_a_row_that_was_taken_between_look_and_post_is_not_posted(sweep: Sweep) -> None:
    row_id = sweep.waiting(Delivery.QUEUE, next_post=0)
    sweep.take_at_the_look()
    assert sweep.attend(row_id) is None
    assert "send" not in sweep.did()


@pytest.mark.parametrize(
    ("seen", "later", "anew", "did"),
    [
        (Seen.ENDED, 0, False, ["see", "load", "see", "wake"]),
        (Seen.MISSING, 0, False, ["see"]),
        (Seen.MISSING, 60, False, ["see", "load", "see", "send"]),
        (Seen.RUNNING, 4000, False, ["load", "wake"]),
        (Seen.RUNNING, 0, True, ["load", "see"]),
    ],
    ids=["it ended", "it may be on its way", "it never came", "its deadline passed", "another operation parked it"],
)
def test_where_there_is_more_to_do_the_row_is_loaded_anew(
    sweep: Sweep, seen: Seen, later: float, *, anew: bool, did: list[str]
) -> None:
    sweep.time_remaining = 10_000
    row_id = sweep.waiting()
    sweep.attend(row_id)
    sweep.seen = seen
    sweep.clock.advance(later)
    sweep.attend(row_id, anew=anew)
    assert sweep.did() == did


def test_an_update_whose_stack_failed_meanwhile_is_woken_when_its_lease_is_to_be_renewed(sweep: Sweep) -> None:
    row_id = sweep.waiting(expires=10)
    sweep.loaded[row_id] = replace(
        sweep.loaded[row_id], pending=replace(sweep.loaded[row_id].pending, request_type=RequestType.UPDATE)
    )
    sweep.attend(row_id)
    sweep.around = {"stack_over": True}
    sweep.clock.advance(5)
    sweep.attend(row_id)
    assert sweep.did() == ["see"]
    sweep.clock.advance(5)
    sweep.attend(row_id)
    assert sweep.did() == ["see", "load", "wake"]


@pytest.mark.parametrize(("traversal", "status"), [("op", "FAILED"), ("another", "IN_PROGRESS")])
def test_a_stack_that_has_gone_on_is_not_as_it_was(sweep: Sweep, traversal: str, status: str) -> None:
    row = sweep.loaded[sweep.waiting()]
    change(sweep.context, models.Stack, sweep.stack_uuid, current_traversal="op", status="IN_PROGRESS")
    with statements() as given:
        assert is_as_loaded(row)
    assert [statement.partition(" ")[0] for statement in given] == ["SELECT"]
    change(sweep.context, models.Stack, sweep.stack_uuid, current_traversal=traversal, status=status)
    assert not is_as_loaded(row)


def test_a_row_that_is_being_deleted_is_not_as_it_was(sweep: Sweep) -> None:
    row = sweep.loaded[sweep.waiting()]
    change(sweep.context, models.Stack, sweep.stack_uuid, current_traversal="op", status="IN_PROGRESS")
    change(sweep.context, models.Resource, row.ref.row_id, action="DELETE")
    assert not is_as_loaded(row)


@pytest.mark.parametrize("error", [AWAY, DISABLED], ids=["Mistral is away", "its owner is"])
def test_a_workflow_that_cannot_be_looked_at_is_kept_and_hinders_no_other(sweep: Sweep, error: Exception) -> None:
    first, second = sweep.waiting(), sweep.waiting()
    sweep.seen = error
    assert sweep.attend(first) == TROUBLE.total_seconds() + 1, "after those that are asked when Mistral is tried again"
    assert sweep.attend(second) == TROUBLE.total_seconds() + 1
    assert sweep.did() == ["load"], "which Mistral is not asked for"


def test_a_service_that_keeps_one_waiting_is_not_tried_for_each_resource(sweep: Sweep) -> None:
    rows = [sweep.waiting(Delivery.QUEUE, next_post=0) for _ in range(3)]
    direct = sweep.waiting()
    sweep.fails, sweep.seen = errors.ServiceUnavailable("Zaqar", "post", "it did not answer in time"), Seen.MISSING
    sent = []
    for row_id in rows:
        again = sweep.attend(row_id)
        assert again is not None
        assert again > 0
        sent += [row_id for what in sweep.did() if what == "send"]
    assert sent == rows[:1]
    assert sweep.attend(direct) == 1
    assert "see" in sweep.did(), "which is another service"


RUNS = Taken(RequestExecution(id="e1", state="RUNNING", workflow="w"))


@pytest.mark.parametrize(
    ("taker", "said"),
    [
        (Untaken.BRIDGE, "No bridge has taken the Create request for 1 minute"),
        (Untaken.PROVIDER, "No provider has taken the Create request"),
        (RUNS, "Workflow w runs (execution: e1)"),
    ],
)
def test_who_has_a_request_is_told_once_before_it_is_posted_again(
    sweep: Sweep, taker: Taken | Untaken, said: str
) -> None:
    sweep.seen, sweep.taker = Seen.MISSING, taker
    row_id = sweep.waiting(Delivery.QUEUE, next_post=30)
    sweep.clock.advance(31)
    sweep.attend(row_id)
    assert sweep.told == [], "it is not yet worth an event"
    sweep.clock.advance(60)
    sweep.attend(row_id)
    assert sweep.did() == ["load", "see", "look for its taker", "send"]
    assert [text[: len(said)] for text in sweep.told] == [said]
    assert sweep.posts_told == 2, "the copies that may lie there, and not the one that follows"
    assert sweep.posts_counted == 2, "a post is counted when nothing is left to do before it is sent"
    sweep.clock.advance(120)
    sweep.attend(row_id)
    assert len(sweep.told) == 1


def test_whom_no_bridge_serves_reads_that_the_project_has_none_of_its_own(sweep: Sweep) -> None:
    sweep.seen, sweep.taker, sweep.bridges = Seen.MISSING, Untaken.BRIDGE, ()
    row_id = sweep.waiting(Delivery.QUEUE, next_post=30)
    for seconds in (31, 60):
        sweep.clock.advance(seconds)
        sweep.attend(row_id)
    (text,) = sweep.told
    assert ", and this project has none of its own: does one run for this project?" in text


def test_what_is_untaken_is_looked_for_at_each_post_until_it_is_taken_and_no_more(sweep: Sweep) -> None:
    sweep.seen = Seen.MISSING
    row_id = sweep.waiting(Delivery.QUEUE, next_post=61, posts=2)
    looks: list[bool] = []
    for later, taker, found in ((62, Untaken.BRIDGE, 1), (200, Untaken.BRIDGE, 1), (400, RUNS, 0), (400, RUNS, 0)):
        sweep.clock.advance(later)
        sweep.taker = taker
        sweep.attend(row_id)
        looks.append("look for its taker" in sweep.did())
        assert sweep.untaken.seen(sweep.clock())[TakerKind.BRIDGE].number == found
    assert looks == [True, True, True, False]


def test_a_row_that_another_process_goes_on_with_is_untaken_no_more_in_this_one_s_figures(sweep: Sweep) -> None:
    sweep.seen, sweep.taker = Seen.MISSING, Untaken.PROVIDER
    row_id = sweep.waiting(Delivery.QUEUE, next_post=61)
    sweep.clock.advance(62)
    sweep.attend(row_id)
    assert sweep.untaken.seen(sweep.clock())[TakerKind.PROVIDER].number == 1
    sweep.clock.advance(400)
    sweep.take_at_the_look()
    assert sweep.attend(row_id) is None
    assert sweep.untaken.seen(sweep.clock())[TakerKind.PROVIDER].number == 0


@pytest.mark.parametrize("taker", [None, AWAY, exception.AuthorizationFailure()])
def test_what_cannot_be_known_is_not_told_and_the_request_is_posted_all_the_same(
    sweep: Sweep, taker: Exception | None
) -> None:
    sweep.seen, sweep.taker = Seen.MISSING, taker
    row_id = sweep.waiting(Delivery.QUEUE, next_post=61)
    sweep.clock.advance(62)
    sweep.attend(row_id)
    assert sweep.did()[-1] == "send"
    assert sweep.told == []


def owed_a_notice(sweep: Sweep) -> int:
    """Return a row whose owner has not heard what was due, since it could not be seen."""
    sweep.seen, sweep.taker = Seen.MISSING, AWAY
    row_id = sweep.waiting(Delivery.QUEUE, next_post=61)
    sweep.clock.advance(62)
    sweep.attend(row_id)
    sweep.taker = Untaken.BRIDGE
    return row_id


def test_what_could_not_be_seen_when_it_was_to_be_told_is_told_at_the_next_post(sweep: Sweep) -> None:
    row_id = owed_a_notice(sweep)
    for _ in range(2):
        sweep.clock.advance(200)
        sweep.attend(row_id)
    (text,) = sweep.told
    assert text.startswith("No bridge has taken the Create request for 4 minutes")


def test_a_notice_that_is_owed_is_not_the_next_request_s(sweep: Sweep) -> None:
    row_id = owed_a_notice(sweep)
    sweep.loaded[row_id] = replace(
        sweep.loaded[row_id], pending=replace(sweep.loaded[row_id].pending, request_id="another")
    )
    sweep.clock.advance(200)
    sweep.attend(row_id)
    assert sweep.told == []


def test_what_was_sent_after_its_first_mark_is_told_of_all_the_same(sweep: Sweep) -> None:
    sweep.seen, sweep.taker = Seen.MISSING, Untaken.BRIDGE
    row_id = sweep.waiting(Delivery.QUEUE, next_post=90, posts=0, hindrance="Zaqar is down")
    for later in (90, 60):
        sweep.clock.advance(later)
        sweep.attend(row_id)
    after_all, why = sweep.told
    assert after_all.startswith("Create asked of the handler of T after all")
    assert why.startswith("No bridge has taken the Create request for 2 minutes")


def test_a_workflow_that_the_plugin_starts_has_no_taker_to_look_for(sweep: Sweep) -> None:
    sweep.seen = Seen.MISSING
    row_id = sweep.waiting(Delivery.DIRECT, next_post=61)
    sweep.clock.advance(62)
    sweep.attend(row_id)
    assert "look for its taker" not in sweep.did()


@dataclass
class Held(Sweep):
    """A monitor whose requests are held up for what they put an end to."""

    def _send(self, ref: Any, _pending: Pending) -> None:
        self.done.append(("send", ref.row_id))
        raise PredecessorActs("e-0")


@pytest.mark.parametrize(("deadline", "again"), [(3600, 15), (200, 10)])
def test_a_request_that_is_held_up_is_not_counted_and_tried_again_by_half_of_its_time(
    deadline: float, again: float
) -> None:
    held = Held(seen=Seen.MISSING)
    row_id = held.waiting(next_post=0, deadline=deadline, posts=0)
    held.clock.advance(90)
    held.attend(row_id)
    lease = held.lease(row_id)
    assert lease.posts == 0
    assert (lease.next_post_at - held.clock()).total_seconds() == again


@pytest.mark.parametrize(("posts", "due"), [(0, 2), (1, 2)], ids=["it never left", "it may have come through"])
def test_what_was_not_sent_at_first_is_told_when_it_was(sweep: Sweep, posts: int, due: float) -> None:
    sweep.seen = Seen.MISSING
    row_id = sweep.waiting(Delivery.QUEUE, next_post=due, posts=posts, hindrance="Zaqar is down")
    sweep.clock.advance(due)
    sweep.attend(row_id)
    sweep.clock.advance(60)
    sweep.attend(row_id)
    assert [text.partition(",")[0] for text in sweep.told] == ["Create asked of the handler of T after all"]
