import re

import pytest
from django_parts import answered, shown
from visibility_parts import NOW, STACK, SeenCloud, ago, body, event, execution, resource

from customresource_bridge.clients.mistral.reader import TaskSummary
from customresource_bridge.clients.zaqar.dead_letters import letter, letters
from customresource_bridge.clients.zaqar.zaqar import Message
from customresource_bridge.protocol import Secret, ids
from customresource_bridge.protocol.messaging.heartbeat import BridgeMode, Heartbeat
from customresource_bridge.protocol.naming import printable

PROJECT_PAGE, ADMIN_PAGE, STEPS = "/project/crb/", "/admin/crb/", "/project/crb/steps/"
QUEUE = ids.stack_queue(STACK)
ODD = "<script>alert(1)</script>\x1b[31m\u202e"
READ = printable(ODD)
"""As the readers of Heat and Mistral give it."""


@pytest.fixture
def cloud() -> SeenCloud:
    """One of each, with what nobody should write into a name."""
    made = SeenCloud()
    asked = body(f"run{ODD}", stack_name="<b>hello")
    running = execution(asked)
    failed = execution(body("failed"), "ERROR", began=300, state_info=f"it failed {ODD}")
    made.mistral.made += [running, failed, execution(body("done"), "SUCCESS", began=400)]
    made.mistral.done.append(
        TaskSummary(id="t", execution_id=running.id, name=READ, state="RUNNING", started_at=ago(3))
    )
    made.stack("CREATE_IN_PROGRESS", resource(f"run{ODD}", stack_name="<b>hello"))
    made.heat.told.append(event(f"run{ODD}", "CREATE_IN_PROGRESS", READ, at=60))
    message = Message(queue=QUEUE, message_id=Secret("m"), claim_id=None, body=body(), age=0, ttl=60)
    made.zaqar.post(ids.DEAD_LETTER_QUEUE, letter(message, reason=f"no way {ODD}", now=NOW), ttl=60)
    alive = Heartbeat(id="b", host=ODD, pid=12345, version=ODD, mode=BridgeMode.TENANT, workers=4, started_at=ago(60))
    made.zaqar.post(ids.BRIDGE_QUEUE, alive.to_dict(), ttl=90)
    return made


@pytest.mark.parametrize("page", [PROJECT_PAGE, ADMIN_PAGE])
def test_where_there_is_nothing_each_list_says_none(page: str) -> None:
    assert shown(page, SeenCloud()).count("<p>none</p>") == 5


@pytest.mark.parametrize("page", [PROJECT_PAGE, ADMIN_PAGE])
def test_each_list_shows_what_there_is(cloud: SeenCloud, page: str) -> None:
    text = shown(page, cloud)
    found = re.findall(r"<h2[^>]*>([^<]*)</h2>", text)
    assert found == ["In flight (1)", "Failed (1)", "Complete (1)", "Bridges (1)", "Dead letters (1)"]
    assert "<p>none</p>" not in text
    assert ('<th scope="col">Project</th>' in text) is (page == ADMIN_PAGE)


@pytest.mark.parametrize("page", [PROJECT_PAGE, ADMIN_PAGE, f"{STEPS}?stack={STACK}&resource=failed"])
def test_what_others_wrote_is_text_and_nothing_secret_is_in_a_page(cloud: SeenCloud, page: str) -> None:
    text = shown(page, cloud)
    assert "<script" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "of-mine" not in text
    assert "it failed &lt;script&gt;" in text
    assert "<b>" not in text


def test_a_picture_is_drawn_in_numbers_and_told_in_words(cloud: SeenCloud) -> None:
    text = shown(PROJECT_PAGE, cloud)
    assert re.search(r'<svg [^>]*role="img" aria-label="running, asked 1m 0s ago', text)
    assert 'x1="1000"' in text
    assert ">12345<" in text, "a number that is no amount has no thousands"


def test_only_what_is_asked_for_is_shown(cloud: SeenCloud) -> None:
    text = shown(f"{PROJECT_PAGE}?which=failed", cloud)
    assert "In flight (0)" in text
    assert "Failed (1)" in text
    assert "none is named &#x27;&lt;b&gt;&#x27;" in shown(f"{PROJECT_PAGE}?stack=<b>", cloud)


def test_a_request_is_shown_step_by_step(cloud: SeenCloud) -> None:
    text = shown(f"{STEPS}?request={execution(body('failed')).input['request']['RequestId']}", cloud)
    assert "<h2>Create of failed in hello</h2>" in text
    assert "runs as execution" in text


def test_a_request_that_is_not_seen_is_none(cloud: SeenCloud) -> None:
    text = shown(f"{STEPS}?request=<b>", cloud)
    assert "<p>none</p>" in text
    assert "nothing is seen of" in text


def test_a_dead_letter_is_put_back_by_its_button(cloud: SeenCloud) -> None:
    (name,) = [one.name for one in letters(cloud.readers.zaqar)]
    assert f'value="{name}"' in shown(PROJECT_PAGE, cloud)
    response = answered("/admin/crb/redrive/", cloud, post={"name": name})
    assert (response.status_code, response["Location"]) == (302, ADMIN_PAGE)
    assert response.told == [f"{name} is back in {QUEUE}"]
    assert cloud.zaqar.count(QUEUE) == 1


def test_a_dead_letter_that_is_gone_is_said(cloud: SeenCloud) -> None:
    response = answered("/project/crb/redrive/", cloud, post={"name": "all"})
    assert response["Location"] == PROJECT_PAGE
    assert "none is named 'all'" in response.told[0]
    assert cloud.zaqar.count(QUEUE) == 0


def test_nothing_is_put_back_by_an_address_alone(cloud: SeenCloud) -> None:
    assert answered("/project/crb/redrive/", cloud).status_code == 405
