"""Where a text from outside goes: each function puts one into a field, and notes what leaves by which exit."""

import argparse
import io
import json
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote
from wsgiref.util import setup_testing_defaults

from foreign_text import Exits, RecordingAdapter
from one_bridge import QUEUE, OneBridge
from osc_parts import told
from provider_parts import BODY, World
from urllib3.util import parse_url
from visibility_parts import SeenCloud, body, event, execution, resource

from customresource_bridge import errors
from customresource_bridge.bridge.observability.request_log import log_step
from customresource_bridge.clients.heat.signal import Outcome, Signalled
from customresource_bridge.clients.mistral.reader import TaskSummary
from customresource_bridge.clients.response_url import PutOutcome, ResponseURLs
from customresource_bridge.clients.url_fence import Base
from customresource_bridge.clients.zaqar.dead_letters import letters
from customresource_bridge.clients.zaqar.zaqar import Zaqar
from customresource_bridge.cmd import deadletters, lists
from customresource_bridge.cmd.main import main
from customresource_bridge.cmd.provider.output import log_for
from customresource_bridge.cmd.terminal import json_text
from customresource_bridge.compat import UTC
from customresource_bridge.gateway.app import Gateway
from customresource_bridge.gateway.settle import Settler
from customresource_bridge.gateway.upstream import Upstreams
from customresource_bridge.osc.requests import ListRequests, ShowRequest
from customresource_bridge.protocol import Identity, Secret
from customresource_bridge.protocol.crypto.sealed import PATH, Keyring, Sealed, new_key
from customresource_bridge.protocol.errors import ProtocolError
from customresource_bridge.protocol.service_token import SignedQueueToken, likely_meant, parse_service_token
from customresource_bridge.provider.ending import Broke, Returned
from customresource_bridge.provider.queue.signed_file import parse_signed_file

Journey = Callable[[str, str, Exits], None]
"""Takes a field, a text that is put into it, and where it notes what left."""


def put_in(target: dict[str, Any], field: str, text: str) -> None:
    *path, last = field.split(".")
    for step in path:
        target = target.setdefault(step, {})
    target[last] = text


# A request in a queue, as the bridge has it.


def asked_of_the_bridge(field: str, text: str, exits: Exits) -> None:
    one = OneBridge(log_step)
    asked = one.body("Update")
    asked["OpenStack"]["Workflow"] = {"Name": "w"}
    put_in(asked, field, text)
    one.zaqar.post(QUEUE, asked, ttl=7200)
    one.claim()
    one.later(60)
    one.end()
    assert len(one.bridge.table) == one.zaqar.count(QUEUE) == 0, "it hangs"
    set_aside = list(letters(one.zaqar))  # type: ignore[arg-type]
    assert len(one.answers) + len(set_aside) == 1
    exits.stored += [letter.reason for letter in set_aside]
    exits.answer += [json.dumps(answer, ensure_ascii=False) for answer in one.answers]
    for form in ("table", "json", "yaml", "csv", "value") if set_aside else ():
        exits.terminal += dead_letters(one.zaqar, "list", "-f", form)
    for letter in set_aside:
        exits.terminal += dead_letters(one.zaqar, "show", letter.name)


def dead_letters(zaqar: Any, *words: str) -> list[str]:
    parser = argparse.ArgumentParser()
    deadletters.add_arguments(parser)
    args = parser.parse_args(words)
    with redirect_stdout(io.StringIO()) as out:
        assert args.action(zaqar, args) == 0
    return out.getvalue().split("\n")


# What services say to the bridge, and what workflows say.


def said_by_a_service(field: str, text: str, exits: Exits) -> None:
    def away(*_args: object, **_kwargs: object) -> None:
        raise errors.ServiceUnavailable("Mistral", "start", text, status=503)

    one = OneBridge(log_step)
    one.post()
    if field == "Zaqar":
        one.zaqar.claim_one = away  # type: ignore[method-assign, assignment]
    if field == "Mistral":
        one.mistral.start = away  # type: ignore[method-assign, assignment]
    one.deliveries = [(PutOutcome.RETRY, text), (PutOutcome.REFUSED, text)] if field == "ResponseURL" else []
    one.claim()
    if field == "ResponseURL":
        one.end()
        one.later(60)
    exits.answer += [json.dumps(answer, ensure_ascii=False) for answer in one.answers]


def said_by_a_workflow(field: str, text: str, exits: Exits) -> None:
    one = OneBridge(log_step)
    one.post()
    one.claim()
    output = {"physical_resource_id": "x", "reason": "x", "data": {"a": "x"}}
    put_in(output, field, text) if field != "state_info" else None
    state = "ERROR" if field == "state_info" else "SUCCESS"
    one.mistral.end(one.mistral.begun[0], state, output=output, state_info=text if field == "state_info" else None)
    one.bridge._watcher.tick()
    assert len(one.answers) == 1
    exits.answer += [json.dumps(answer, ensure_ascii=False) for answer in one.answers]


# A ServiceToken of a template: refused when the template is validated, or fit for headers and paths.


def token_of_a_template(field: str, text: str, exits: Exits) -> None:
    parts = {"project": "p", "signature": "s", "expires": "e", "methods": "GET", "paths": "/v2"}
    if field in parts:
        query = {**parts, field: text}
        token = "zaqar:q?" + "&".join(f"{name}={quote(value, errors='replace')}" for name, value in query.items())
    else:
        token = field + quote(text, errors="replace")
    for written in (token, field + text):
        try:
            read = parse_service_token(written)
        except ProtocolError as error:
            exits.terminal.append(str(error))
            continue
        exits.terminal += filter(None, [likely_meant(written)])
        if isinstance(read, SignedQueueToken):
            exits.header += [read.project_id, read.signature.reveal(), read.expires, *read.methods, *read.paths]


def signed_file(field: str, text: str, exits: Exits) -> None:
    source: dict[str, Any] = {
        "project": "p",
        "signature": "s",
        "expires": "2030-01-01T00:00:00",
        "methods": ["GET", "POST", "PATCH", "DELETE"],
        "paths": ["/v2/queues/q/claims", "/v2/queues/q/messages"],
    }
    source[field] = [*source[field], text] if isinstance(source[field], list) else text
    try:
        token = parse_signed_file(json.dumps(source))
    except errors.ConfigurationError as error:
        exits.terminal.append(str(error))
    else:
        exits.header += [token.project_id, token.signature.reveal(), token.expires, *token.methods, *token.paths]


# What Zaqar says of its messages, for the paths of the next calls.


def said_by_zaqar(field: str, text: str, exits: Exits) -> None:
    row: dict[str, Any] = {"href": "/v2/queues/q/messages/m?claim_id=c", "body": {}, "age": 0, "ttl": 60}
    row[field.partition(" ")[0]] = f"/v2/queues/q/messages/{text}?claim_id={text}" if field == "href" else text
    zaqar = Zaqar(RecordingAdapter(exits, (201, {"messages": [row]}), (204, "")))
    try:
        message = zaqar.claim_one("q", ttl=60)
        assert message is not None
        zaqar.renew(message, ttl=60)
        zaqar.delete(message)
    except errors.ServiceError as error:
        exits.terminal.append(str(error))


def error_of_a_service(field: str, text: str, exits: Exits) -> None:
    answers: dict[str, Any] = {"title": {"title": text}, "fault": {"faultstring": text}, "text": text}
    zaqar = Zaqar(RecordingAdapter(exits, (int(field[:3]), answers[field[4:]])))
    try:
        zaqar.claim_one("q", ttl=60)
    except errors.ServiceError as error:
        exits.terminal.append(str(error))


# A ResponseURL: opened, or not.


def response_url(field: str, text: str, exits: Exits) -> None:
    urls = ResponseURLs([Base.parse("https://answer.example/v1/")])
    url = {
        "host": f"https://answer.example{text}/v1/x",
        "path": f"https://answer.example/v1/{text}",
        "query": f"https://answer.example/v1/x?{text}",
        "whole": text,
    }[field]
    if urls.allowed(Secret(url)):
        exits.path.append(parse_url(url).request_uri)


# A request in a provider's queue, what its handler prints, returns and raises.


def asked_of_the_provider(field: str, text: str, exits: Exits) -> None:
    asked = json.loads(json.dumps(BODY))
    put_in(asked, field, text)
    world = World(asked)
    world.consumer().serve_one()
    assert world.waiting == []
    exits.answer += [json.dumps(body, ensure_ascii=False) for body in world.put_bodies]


def said_by_a_handler(field: str, text: str, exits: Exits) -> None:
    world = World(BODY)
    if field == "raised":
        world.ending = Broke(f"The handler raised ValueError: {text}")
    elif field == "printed":
        log_for({"RequestId": "r"})(text)
        log_for({"RequestId": text})("Traceback\n" + text)
    else:
        world.ending = Returned({field: {text: text} if field == "Data" else text})
    world.consumer().serve_one()
    exits.answer += [json.dumps(body, ensure_ascii=False) for body in world.put_bodies]


# What an answer at the gateway holds, and what Heat says of it.


class SignalledHeat:
    """Takes what it is told to take, and remembers."""

    def __init__(self, said: str | None) -> None:
        self._said, self.taken = said, list[bytes]()

    def put(self, _url: Secret, body: bytes) -> Signalled:
        self.taken.append(body)
        if self._said is None:
            return Signalled(outcome=Outcome.ACCEPTED, status=200)
        return Signalled(outcome=Outcome.ANSWERED, status=400, detail=self._said)


def answered_at_the_gateway(field: str, text: str, exits: Exits) -> None:
    heat, ring, now = SignalledHeat(text if field == "Heat" else None), Keyring([new_key()]), datetime.now(UTC)
    settler = Settler(signal=heat, auth_url="http://keystone")  # type: ignore[arg-type]
    gateway = Gateway(keyring=ring, settler=settler, upstreams=Upstreams.of(()), max_body=200_000, clock=lambda: now)
    identity = Identity(stack_id="arn:stack", request_id="r", logical_resource_id="Dns")
    sealed = Sealed.for_request(Secret("http://heat:8000/x"), identity, deadline=now + timedelta(hours=1))
    token = quote(text, errors="replace") if field == "token" else ring.seal(sealed, now=now).reveal()
    answer: dict[str, Any] = {"Status": "SUCCESS", "Data": {}}
    if field == "key":
        answer[text] = text
    elif field not in {"token", "Heat"}:
        answer[field] = {text: text} if field == "Data" else text
    raw = json.dumps(answer).encode()
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "PUT",
        "PATH_INFO": PATH + unquote(token, "latin-1"),
        "CONTENT_LENGTH": str(len(raw)),
        "wsgi.input": io.BytesIO(raw),
    }
    setup_testing_defaults(environ)

    def start(status: str, headers: list[tuple[str, str]], _info: Any = None) -> Any:
        exits.header += [status, *(f"{name}: {value}" for name, value in headers)]

    told = b"".join(gateway(environ, start)).decode()
    exits.terminal += told.split("\n")  # curl shows it
    exits.answer += [taken.decode() for taken in heat.taken]


# What a person looks at.


def looked_at(field: str, text: str, exits: Exits) -> None:
    cloud, name = SeenCloud(), text.replace("\ud800", "half")  # of which no id could be derived
    asked, named = body("plain"), body("named")
    row = {"reason": "no", "resource_type": "Custom::X"}
    if field in row:
        row[field] = text
    if field == "name":
        named = body(name, stack_name=name)
    if field == "token":
        named = body("named", token=f"mistral:{text}")
    failed = resource("plain", status="CREATE_FAILED", **row)
    cloud.stack("CREATE_IN_PROGRESS", resource(name if field == "name" else "named"), failed)
    said = text if field == "state_info" else "no"
    workflow = text if field == "workflow_name" else "w"
    ended = execution(asked, "ERROR", began=120, state_info=said, workflow_name=workflow)
    cloud.mistral.made = [ended, execution(named, state_info=said)]
    task = text if field == "task" else "t"
    cloud.mistral.done = [TaskSummary(id="t", execution_id=ended.id, name=task, state="ERROR", workflow_name=workflow)]
    cloud.heat.told = [event("plain", "CREATE_FAILED", text if field == "event" else "no", at=100)]
    for form in ("table", "json", "yaml", "csv", "value"):
        exits.terminal += told(ListRequests, cloud, "--long", "-f", form).split("\n")
        form = "json" if form == "csv" else form  # noqa: PLW2901 - one has no csv
        exits.terminal += told(ShowRequest, cloud, asked["RequestId"], "-f", form).split("\n")


def listed(_field: str, text: str, exits: Exits) -> None:
    for form in ("table", "json", "yaml", "csv", "value"):
        args = argparse.Namespace(format=form, columns=[])
        shown = lists.listed(
            args, {"a": "A", "b": "B"}, [("plain", text), (text, None)], shown=[("plain", text), (text, "")]
        )
        exits.terminal += shown.split("\n")
    exits.terminal += json_text({"a": text}).split("\n")


# What is written into files and onto the command line.


def written_in_a_file(field: str, text: str, exits: Exits, folder: Path) -> None:
    file = folder / "file"
    fit = text.replace("\ud800", "half")
    contents = {
        "template": json.dumps({"Resources": {text: {"Type": f"Custom::{text}", "Properties": {text: text}}}}),
        "template as text": f"Resources: {fit}",
        "configuration": f"[bridge]\nthreads = {fit}\n[gateway]\nkeys = {fit}\n",
        "signed file": json.dumps({"project": text}),
        "routes": f"[bridge]\nroutes = {fit}\n",
        "event": json.dumps({"RequestType": text, "StackId": text}),
    }
    file.write_text(contents[field])
    words = {
        "configuration": ["run", "--config-file", str(file)],
        "routes": ["run", "--config-file", str(file)],
        "signed file": [
            *("provider", "--handler", "a:b", "--signed-url-file", str(file), "--zaqar-url", "http://127.0.0.1:9"),
            *("--allowed-base", "https://a.example", "--folder", str(folder)),
        ],
        "event": ["invoke", "--handler", "a:b", "--folder", str(folder), "--event", str(file)],
    }.get(field, ["port", str(file), "--check"])
    exits.terminal += commanded(*words)


def commanded(*words: str) -> list[str]:
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(out), suppress(SystemExit):
        main(list(words))
    return out.getvalue().split("\n")


def written_on_a_line(field: str, text: str, exits: Exits) -> None:
    # An argument is bytes without a NUL; what is no letter of them Python reads as half of one.
    argument = text.replace("\0", "").replace("\ud800", "\udc80")
    exits.terminal += commanded(*(word.replace("TEXT", argument) for word in field.split(" ")))
