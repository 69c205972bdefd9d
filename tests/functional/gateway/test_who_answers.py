"""Everybody answers through the same URL: our bridge, a consumer of plain HTTP, python-zaqarclient's signed URL."""

import json
import os
import re
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pages
import pytest
import requests
from functional import bridge_process
from functional.gateway.cloud import CloudGateway
from functional.gateway.tenant import TIMEOUT, Tenant, provider, python_handler
from standalone import LOGS, ROOT, logged_in
from zaqarclient.queues import client as zaqar_client

from customresource_bridge.clients.zaqar.zaqar import Zaqar

Body = dict[str, Any]
ENGINE_LOG = LOGS / "heat-engine.log"
PAGE = ROOT / "docs" / "how-to" / "run-a-provider.md"
SHELL = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
METHODS = ["GET", "POST", "PATCH", "DELETE"]


@pytest.fixture
def tenant(gateway_cloud: CloudGateway) -> Tenant:
    return Tenant(gateway_cloud.demo)


@contextmanager
def signed_queue(zaqar: Zaqar, methods: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Make a queue that the owner of ``zaqar`` signs; yields its name and the signed values."""
    queue = f"signed-{uuid.uuid4().hex[:12]}"
    yield queue, zaqar.signed_url(queue, methods=methods, ttl_seconds=3600, paths=("messages", "claims"))
    zaqar.delete_queue(queue)


def test_the_bridge_answers_through_the_gateway(
    gateway_cloud: CloudGateway, tenant_project: Any, tenant: Tenant, tmp_path: Path
) -> None:
    del tenant_project  # its workflows come first
    config = tmp_path / "bridge.conf"
    config.write_text(f"[response]\nallowed_bases = {gateway_cloud.base}\nca_file = {gateway_cloud.ca_file}\n")
    log = tmp_path / "bridge.log"
    already = gateway_cloud.log.read_text().count("told the handler 200")
    with bridge_process.bridge(log, "--config-file", str(config), environ=bridge_process.environment()):
        stack = tenant.create("mistral:e2e_echo", Said="hello")
        assert tenant.ends(stack) == "CREATE_COMPLETE", tenant.reason(stack) + log.read_text()[-2000:]
        assert tenant.outputs(stack)["said"] == "hello"
        tenant.delete(stack)
        assert tenant.ends(stack) == "DELETE_COMPLETE"
    assert gateway_cloud.log.read_text().count("told the handler 200") >= already + 2
    assert "/v1/responses/gAAAA" not in log.read_text()
    one_grep_shows_each_request_s_whole_way(stack, heat=ENGINE_LOG, bridge=log, gateway=gateway_cloud.log)


def one_grep_shows_each_request_s_whole_way(stack: str, **logs: Path) -> None:
    """Check that a RequestId leads through all logs, one line for each step, without a secret."""
    for phase in ("Create", "Delete"):
        named = re.compile(rf"{phase} of thing \[([0-9a-f-]{{36}})\] in [^ ]+/{stack}: claimed")
        (request_id,) = set(named.findall(logs["bridge"].read_text()))
        found = {part: grep(request_id, log) for part, log in logs.items()}
        the_page_s_command_finds(found, request_id, logs)
        steps = {part: [line.partition(f"/{stack}: ")[2] for line in lines] for part, lines in found.items()}
        assert steps["heat"] == ["posted", "Heat has the response, SUCCESS", "over, SUCCESS"]
        claimed, runs, outcome, answered = steps["bridge"]
        assert (claimed, outcome, answered) == ("claimed", "SUCCESS", "answered, the response was accepted")
        assert runs.startswith("workflow 'e2e_echo' runs as execution ")
        (told,) = steps["gateway"]
        assert told.startswith("told the handler 200")
        assert not any(word in line for lines in found.values() for line in lines for word in ("hello", "gAAAA", "://"))


def the_page_s_command_finds(found: dict[str, list[str]], request_id: str, logs: dict[str, Path]) -> None:
    (command,) = (command for command in pages.commands("docs/how-to/observe.md") if command.startswith("grep "))
    ours = {"heat-engine.log": logs["heat"], "bridge.log": logs["bridge"], "gateway.log": logs["gateway"]}
    words = [str(ours.get(word, word)) for word in re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", request_id, command).split()]
    done = subprocess.run(words, capture_output=True, text=True, check=True)  # noqa: S603 - the page's own
    assert done.stdout.splitlines() == [line for lines in found.values() for line in lines]


def grep(text: str, log: Path) -> list[str]:
    """Return the log's lines with a text, but for what Heat itself says at DEBUG or of its own requests."""
    return [line for line in log.read_text(errors="replace").splitlines() if text in line]


def test_a_consumer_of_plain_http_without_an_account(gateway_cloud: CloudGateway, tenant: Tenant) -> None:
    with signed_queue(tenant.zaqar, METHODS) as (queue, signed):
        base = gateway_cloud.demo.get_endpoint(service_type="messaging", interface="public").rstrip("/")
        headers = {
            "Client-ID": str(uuid.uuid4()),
            "Content-Type": "application/json",
            "URL-Signature": signed["signature"],
            "URL-Expires": signed["expires"],
            "URL-Methods": ",".join(signed["methods"]),
            "URL-Paths": ",".join(signed["paths"]),
            "X-Project-ID": signed["project"],
        }

        def serve_one() -> bool:
            claims = f"{base}/v2/queues/{queue}/claims?limit=1"
            claim = requests.post(claims, json={"ttl": 60, "grace": 60}, headers=headers, timeout=20)
            if claim.status_code != 201:
                return False
            (message,) = claim.json()["messages"]
            answer(message["body"], gateway_cloud)
            assert requests.delete(base + message["href"], headers=headers, timeout=20).status_code == 204
            return True

        complete_and_delete(tenant, f"zaqar:{queue}", serve_one)


def test_the_page_s_commands_for_other_languages(gateway_cloud: CloudGateway, tenant: Tenant, tmp_path: Path) -> None:
    _, _, section = PAGE.read_text().partition("## Without this program")
    claim, finish = (block.strip() for block in SHELL.findall(section))
    with signed_queue(tenant.zaqar, METHODS) as (queue, signed):
        variables = {
            **{name.upper(): str(signed[name]) for name in ("signature", "expires", "project")},
            **{name.upper(): ",".join(signed[name]) for name in ("methods", "paths")},
            "ZAQAR": gateway_cloud.demo.get_endpoint(service_type="messaging", interface="public").rstrip("/"),
            "CURL_CA_BUNDLE": str(gateway_cloud.ca_file),
            "PATH": os.environ["PATH"],
        }

        def serve_one() -> bool:
            bash(claim.replace("zone-requests", queue), tmp_path, variables)
            claimed = (tmp_path / "claim.json").read_text()
            if not claimed:
                return False
            (message,) = json.loads(claimed)["messages"]
            (tmp_path / "answer.json").write_text(json.dumps(succeeds(message["body"])))
            more = {"RESPONSE_URL": message["body"]["ResponseURL"], "HREF": message["href"]}
            bash(f"{claim.partition('curl')[0]}\n{finish}", tmp_path, {**variables, **more})
            return True

        complete_and_delete(tenant, f"zaqar:{queue}", serve_one)
        assert tenant.zaqar.claim_one(queue, ttl=60) is None


def bash(script: str, folder: Path, variables: dict[str, str]) -> None:
    command = ["/bin/bash", "-euc", script]
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def test_python_zaqarclient_s_signed_url_backend(gateway_cloud: CloudGateway, tenant: Tenant) -> None:
    with signed_queue(tenant.zaqar, METHODS) as (queue, signed):
        options = {**signed, "os_project_id": signed["project"]}
        conf = {"auth_opts": {"backend": "signed-url", "options": options}}
        base = gateway_cloud.demo.get_endpoint(service_type="messaging", interface="public")
        theirs = zaqar_client.Client(base, version=2, conf=conf).queue(queue, auto_create=False)

        def serve_one() -> bool:
            messages = list(theirs.claim(ttl=60, grace=60, limit=1))
            for message in messages:
                answer(message.body, gateway_cloud)
                message.delete()
            return bool(messages)

        complete_and_delete(tenant, f"zaqar:{queue}", serve_one)


def test_a_queue_of_the_provider_s_own_project(gateway_cloud: CloudGateway, tenant: Tenant) -> None:
    """The provider owns the queue and signs it for POST alone; what it signed is the ServiceToken of its customers."""
    other = Zaqar.from_session(logged_in("other"))
    handle = python_handler(
        "python_handlers:urllib_handler",
        folder=Path(__file__).parent / "libraries",
        python=Path(bridge_process.PROGRAM.with_name("python")),
        ca_file=gateway_cloud.ca_file,
    )
    with provider(other, handle, base=gateway_cloud.base, ca_file=gateway_cloud.ca_file) as own:
        queue = own.removeprefix("zaqar:")
        signed = other.signed_url(queue, methods=["POST"], ttl_seconds=3600)
        fields = {name: signed[name] for name in ("project", "signature", "expires")}
        fields |= {"methods": ",".join(signed["methods"]), "paths": ",".join(signed["paths"])}
        token = f"{own}?" + "&".join(f"{name}={value}" for name, value in fields.items())
        stack = tenant.create(token, Say="hello")
        assert tenant.ends(stack) == "CREATE_COMPLETE", tenant.reason(stack)
        assert tenant.outputs(stack) == {"said": "hello", "ref": "thing-1"}
        tenant.delete(stack)
        assert tenant.ends(stack) == "DELETE_COMPLETE"


def test_an_answer_for_a_stack_that_is_gone_is_done(gateway_cloud: CloudGateway, tenant: Tenant) -> None:
    """heat-api-cfn drops that connection: its signing user went with the stack."""
    urls: list[Body] = []
    with signed_queue(tenant.zaqar, METHODS) as (queue, _signed):

        def serve_one() -> bool:
            message = tenant.zaqar.claim_one(queue, ttl=60)
            if message is None:
                return False
            urls.append(message.body)
            answer(message.body, gateway_cloud)
            tenant.zaqar.delete(message)
            return True

        complete_and_delete(tenant, f"zaqar:{queue}", serve_one)
    for body in urls:
        answer(body, gateway_cloud)


def complete_and_delete(tenant: Tenant, token: str, serve_one: Callable[[], bool]) -> None:
    stack = tenant.create(token, Say="hello")
    serve(serve_one)
    assert tenant.ends(stack) == "CREATE_COMPLETE", tenant.reason(stack)
    assert tenant.outputs(stack)["said"] == "hello"
    tenant.delete(stack)
    serve(serve_one)
    assert tenant.ends(stack) == "DELETE_COMPLETE"


def serve(serve_one: Callable[[], bool]) -> None:
    end = time.monotonic() + TIMEOUT
    while not serve_one():
        assert time.monotonic() < end, "no request came"
        time.sleep(0.2)


def succeeds(request: Body) -> Body:
    return {
        "Status": "SUCCESS",
        "PhysicalResourceId": "thing-1",
        "Data": {"Said": request["ResourceProperties"]["Say"]},
    }


def answer(request: Body, cloud: CloudGateway) -> None:
    """PUT as curl does it: no content type that anybody would expect; a gateway in trouble is asked again."""
    body = succeeds(request)
    end = time.monotonic() + TIMEOUT
    while True:
        told = requests.put(request["ResponseURL"], json.dumps(body), verify=str(cloud.ca_file), timeout=60)
        if told.status_code != 503:
            break
        assert time.monotonic() < end
        time.sleep(int(told.headers["Retry-After"]))
    assert (told.status_code, told.text) == (200, "OK\n")
