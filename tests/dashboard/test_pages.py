"""The pages in a real Chromium, of a real Horizon, with requests of a real Heat; no bridge runs."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import requests
from bench.visibility import start_executions
from chromium import Browser
from dashboard_projects import project, waiting
from functional.tenant import Tenant, until
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from customresource_bridge.clients.zaqar.dead_letters import letter
from customresource_bridge.clients.zaqar.zaqar import Message
from customresource_bridge.compat import UTC
from customresource_bridge.protocol import Secret, ids
from customresource_bridge.protocol.messaging.heartbeat import BridgeMode, Heartbeat

PROJECT, ADMIN = "/project/custom_resources/", "/admin/custom_resources/"
STACKS, EACH = 20, 10
SECRET = re.compile(r"AWSAccessKeyId|Signature=|/signal/")


def headings(browser: Browser) -> list[str]:
    return [found.text for found in browser.all("#custom-resources h2")]


def looked_at(browser: Browser, name: str) -> None:
    """Look at the page in light and in dark: axe finds no fault, and no secret is in it."""
    for theme in ("default", "dark"):
        browser.theme(theme)
        assert browser.faults() == [], f"{name}, {theme}"
        assert SECRET.search(browser.source()) is None
        browser.picture(f"{name}-{'light' if theme == 'default' else theme}")


@pytest.fixture(scope="module")
def none(admin: Any) -> Iterator[str]:
    with project(admin, "none") as (project_id, _):
        yield project_id


@pytest.fixture(scope="module")
def few(admin: Any) -> Iterator[tuple[str, Tenant]]:
    """A project with a request that runs, one that waits and one that failed, a bridge, and a dead letter."""
    with project(admin, "few") as (project_id, tenant):
        failing, running = waiting(tenant, 1), waiting(tenant, 1)
        for stack in (failing, running):
            until(lambda stack=stack: tenant.messages(stack.queue), "its request waits")
        _fail(tenant.messages(failing.queue)[0]["body"])
        tenant.stacks.remove(failing)
        start_executions(tenant)
        later = waiting(tenant, 1)
        until(lambda: tenant.messages(later.queue), "its request waits")
        tenant.stacks.append(failing)
        failing.wait()
        _set_aside(tenant, later.queue)
        alive = Heartbeat(
            id="b", host="bridge-1", pid=4711, version="0.2.0", mode=BridgeMode.TENANT, workers=4, started_at=now()
        )
        tenant.post(ids.BRIDGE_QUEUE, alive.to_dict())
        yield project_id, tenant


@pytest.fixture(scope="module")
def many(admin: Any, few: Any) -> Iterator[str]:
    """A project with two hundred requests that wait."""
    del few  # which comes first: an operator sees both
    with project(admin, "many") as (project_id, tenant):
        stacks = [waiting(tenant, EACH) for _ in range(STACKS)]
        for stack in stacks:
            until(lambda stack=stack: len(tenant.messages(stack.queue)) == EACH, "its requests wait")
        yield project_id


def now() -> datetime:
    return datetime.now(UTC)


def _fail(request: dict[str, Any]) -> None:
    names = ("StackId", "RequestId", "LogicalResourceId")
    answer = {
        **{name: request[name] for name in names},
        "Status": "FAILED",
        "Reason": "the zone <b>example.org</b> is taken",
    }
    assert requests.put(request["ResponseURL"], json=answer, timeout=60).ok


def _set_aside(tenant: Tenant, queue: str) -> None:
    body = tenant.messages(queue)[0]["body"]
    message = Message(queue=queue, message_id=Secret("m"), claim_id=None, body=body, age=0, ttl=60)
    tenant.post(ids.DEAD_LETTER_QUEUE, letter(message, reason="its ResponseURL lies elsewhere", now=now()))


def test_a_project_without_requests_is_told_so(browser: Browser, none: str, password: str) -> None:
    browser.log_in("demo", password)
    browser.switch(none, PROJECT)
    assert headings(browser) == [
        f"{what} (0)" for what in ("In flight", "Failed", "Complete", "Bridges", "Dead letters")
    ]
    assert browser.text().split().count("none") >= 5
    looked_at(browser, "project-0")


def test_an_operator_without_requests_is_told_so(browser: Browser, none: str, password: str) -> None:
    browser.log_in("admin", password)
    browser.switch(none, ADMIN)
    assert headings(browser)[0] == "In flight (0)"
    looked_at(browser, "admin-0")


def test_a_project_sees_its_requests(browser: Browser, few: tuple[str, Tenant], password: str) -> None:
    browser.log_in("demo", password)
    browser.switch(few[0], PROJECT)
    assert headings(browser) == ["In flight (2)", "Failed (1)", "Complete (0)", "Bridges (1)", "Dead letters (1)"]
    stages = [row.find_elements(By.TAG_NAME, "td")[1].text for row in browser.all(".crb-lanes tbody tr")]
    assert stages == ["running", "set aside", "failed"]
    running = browser.all(".crb-lanes tbody tr")[0]
    assert "task wait" in " ".join(running.text.split())
    assert running.find_element(By.TAG_NAME, "svg").get_attribute("aria-label").startswith("running, asked ")
    looked_at(browser, "project-3")


def test_a_reason_is_opened_by_a_key_and_is_text(browser: Browser, few: tuple[str, Tenant]) -> None:
    browser.switch(few[0], PROJECT)
    (failed,) = [found for found in browser.all("details") if "is taken" in found.text]
    failed.find_element(By.TAG_NAME, "summary").send_keys(Keys.ENTER)
    assert failed.get_attribute("open")
    assert "the zone <b>example.org</b> is taken" in failed.text
    assert failed.find_elements(By.TAG_NAME, "b") == []


def test_a_request_leads_to_its_stack_its_execution_and_its_steps(browser: Browser, few: tuple[str, Tenant]) -> None:
    browser.switch(few[0], PROJECT)
    links = {found.get_attribute("href").partition("?")[0] for found in browser.all("#custom-resources table a")}
    assert {path for path in links if "/project/stacks/stack/" in path}
    assert {path for path in links if "/mistral/executions/" in path}
    browser.all(".crb-lanes tbody th a")[0].click()
    browser.wait_for(".crb-story")
    assert "runs as execution" in browser.text()
    assert browser.faults() == []
    assert SECRET.search(browser.source()) is None


def test_a_dead_letter_is_redriven_by_a_click(browser: Browser, few: tuple[str, Tenant], password: str) -> None:
    browser.log_in("admin", password)
    browser.switch(few[0], ADMIN)
    assert headings(browser)[:2] == ["In flight (2)", "Failed (1)"]
    looked_at(browser, "admin-3")
    queue = few[1].stacks[-2].queue
    before = len(few[1].messages(queue))
    browser.all("button[aria-label^=Redrive]")[0].click()
    until(lambda: "is back in heat-cr-" in browser.driver.page_source, "the page says so")
    assert headings(browser)[-1] == "Dead letters (0)"
    assert "redrive" not in browser.driver.current_url
    assert len(few[1].messages(queue)) > before


def test_two_hundred_requests_are_a_page(browser: Browser, many: str, password: str) -> None:
    browser.log_in("demo", password)
    browser.switch(many, PROJECT)
    assert headings(browser)[0] == "In flight (200)"
    looked_at(browser, "project-200")


def test_an_operator_sees_all_projects(browser: Browser, many: str, password: str) -> None:
    browser.log_in("admin", password)
    browser.switch(many, ADMIN)
    assert headings(browser)[0] == "In flight (202)"
    looked_at(browser, "admin-200")
