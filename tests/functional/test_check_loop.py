"""check --loop against the real services: all is well; no bridge is there; one is there that is set up wrongly."""

from collections.abc import Iterator
from pathlib import Path

import pages
import pytest
from functional.bridge_process import bridge, command, environment
from functional.loop import checked, hops
from functional.tenant import Tenant

from customresource_bridge.cmd.check.loop_parts import PREFIX
from customresource_bridge.protocol import ids

PAGE = "docs/how-to/close-the-loop.md"


@pytest.fixture
def nothing_left(tenant_project: Tenant) -> Iterator[None]:
    yield
    stacks = tenant_project.heat.get("/stacks").json()["stacks"]
    assert [stack["stack_name"] for stack in stacks if stack["stack_name"].startswith(PREFIX)] == []
    for kind in ("workflows", "executions"):
        found = tenant_project.mistral.get(f"/{kind}?fields=id,{'name' if kind == 'workflows' else 'workflow_name'}")
        assert PREFIX not in found.text


@pytest.mark.usefixtures("nothing_left")
def test_the_page_s_commands_find_nothing_wrong_where_a_request_gets_through(tmp_path: Path) -> None:
    typed = [words for words in pages.commands(PAGE) if words.startswith("customresource-bridge")]
    with bridge(tmp_path / "bridge.log", environ=environment()):
        table, as_json = (command(*words.split(), environ=environment()) for words in typed)
    assert table.returncode == 0, table.stdout
    assert "runs as execution" in table.stdout
    assert as_json.returncode == 0, as_json.stdout
    listed = [line.split("`")[1] for line in pages.read(PAGE).splitlines() if line.startswith("| `loop: ")]
    assert list(hops(as_json)) == listed


@pytest.mark.usefixtures("nothing_left")
def test_without_a_bridge_it_says_that_none_is_there() -> None:
    done = checked("--loop-timeout", "5")
    assert done.returncode == 1
    found = hops(done)
    assert list(found) == ["loop: stack", "loop: request", "loop: clocks", "loop: bell", "loop: clean-up"]
    assert "no bridge took the request within" in str(found["loop: bell"])
    assert [name for name, problem in found.items() if problem] == ["loop: bell"]


@pytest.mark.usefixtures("nothing_left")
def test_a_bridge_with_another_base_is_told_from_one_that_is_not_there(tenant: Tenant, tmp_path: Path) -> None:
    before = len(tenant.messages(ids.DEAD_LETTER_QUEUE))
    config = tmp_path / "bridge.conf"
    config.write_text("[response]\nallowed_bases = http://127.0.0.1:9/elsewhere\n")
    with bridge(tmp_path / "bridge.log", "--config-file", str(config), environ=environment()):
        done = checked()
    assert done.returncode == 1
    found = hops(done)
    assert [name for name, problem in found.items() if problem] == ["loop: workflow"]
    assert "is under no allowed base" in str(found["loop: workflow"])
    assert len(tenant.messages(ids.DEAD_LETTER_QUEUE)) == before
