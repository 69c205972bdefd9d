"""The parsers that face outside, each as a function of bytes, with inputs to begin with and what it may raise."""

import io
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from customresource_bridge import errors
from customresource_bridge.bridge.intake.validation import admit
from customresource_bridge.clients.http import problem_in
from customresource_bridge.clients.moments import moment
from customresource_bridge.clients.url_fence import Base, address_allowed
from customresource_bridge.clients.zaqar.dead_letters import DeadLetter, letter
from customresource_bridge.clients.zaqar.zaqar import Message
from customresource_bridge.cmd.terminal import json_text, table
from customresource_bridge.compat import UTC
from customresource_bridge.gateway.http.head import FramingError, read_head
from customresource_bridge.gateway.http.incoming import IncomingBody
from customresource_bridge.port.context import Options
from customresource_bridge.port.errors import TemplateError
from customresource_bridge.port.translate import port
from customresource_bridge.protocol import Bell, Identity, Request, Secret, description
from customresource_bridge.protocol.answers import workflow
from customresource_bridge.protocol.answers.progress import read_progress_body
from customresource_bridge.protocol.answers.reader import read_body
from customresource_bridge.protocol.answers.reason import readable_reason
from customresource_bridge.protocol.crypto.sealed import Keyring, Sealed, new_key
from customresource_bridge.protocol.errors import ProtocolError, RequestError
from customresource_bridge.protocol.fields import decode_object
from customresource_bridge.protocol.messaging.bell import BusBell
from customresource_bridge.protocol.messaging.heartbeat import Heartbeat
from customresource_bridge.protocol.printing import each_line, in_clear, one_line
from customresource_bridge.protocol.service_token import likely_meant, parse_service_token
from customresource_bridge.protocol.stack_id import StackId
from customresource_bridge.provider.box.launcher import BoxEnd
from customresource_bridge.provider.ending import Returned
from customresource_bridge.provider.queue.signed_file import parse_signed_file
from customresource_bridge.provider.redaction import Mask
from customresource_bridge.provider.response import answer_after
from customresource_bridge.provider.runner import _ending
from customresource_bridge.provider.tracebacks import records
from customresource_bridge.testing import a_request

NOW = datetime(2030, 1, 1, tzinfo=UTC)
IDENTITY = Identity(stack_id="arn:stack", request_id="request-1", logical_resource_id="Dns")
REQUEST = a_request("Create")
BODY = json.dumps(REQUEST.to_dict()).encode()
RING = Keyring([new_key()])
TOKEN = RING.seal(Sealed.for_request(Secret("http://heat/x"), IDENTITY, deadline=NOW + timedelta(hours=1)), now=NOW)
ANSWER = b'{"Status": "SUCCESS", "PhysicalResourceId": "x", "Data": {"A": [1, {"b": null}]}, "NoEcho": true}'
TEMPLATE = b"""
AWSTemplateFormatVersion: 2010-09-09
Parameters: {Name: {Type: String, Default: x, AllowedPattern: '[a-z]+'}}
Conditions: {C: !Equals [!Ref Name, x]}
Resources:
  A:
    Type: Custom::Thing
    Properties: {ServiceToken: !GetAtt F.Arn, N: !Sub '${Name}-${AWS::Region}', L: !Split [',', 'a,b']}
  F:
    Type: AWS::Lambda::Function
    Properties: {Handler: index.handler, Runtime: python3.12, Code: {ZipFile: 'def handler(e, c): pass'}}
Outputs: {O: {Value: !GetAtt A.X, Condition: C}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One parser.

    :ivar seeds: inputs that it takes, to be changed.
    :ivar raises: what it may raise: all else is a fault.
    :ivar limit: bytes; larger inputs are refused before they come to it.
    :ivar seconds: of processor time that an input may take.
    """

    parse: Callable[[bytes], Any]
    seeds: tuple[bytes, ...]
    raises: tuple[type[Exception], ...] = (ProtocolError,)
    limit: int = 64 * 1024
    seconds: float = 0.2


def text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def value(raw: bytes) -> Any:
    """Return JSON as Zaqar and Mistral hand it on; what is none as a text."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return text(raw)


def shown_letter(raw: bytes) -> str:
    message = Message(queue="q", message_id=Secret("m"), claim_id=None, body=value(raw), age=0, ttl=60)
    kept = letter(message, reason=text(raw)[:100], now=NOW)
    return json_text(DeadLetter(name="n", queue="q", reason="r", set_aside_at="", message=_with(message, kept)).shown())


def _with(message: Message, body: Any) -> Message:
    return Message(queue="q", message_id=message.message_id, claim_id=None, body=body, age=0, ttl=60)


def fenced(raw: bytes) -> None:
    Base.parse("https://answer.example/v1/").covers(text(raw))
    with suppress(errors.ConfigurationError):
        Base.parse(text(raw))


def printed(raw: bytes) -> None:
    assert one_line(text(raw)).isprintable()
    assert all(line.isprintable() for line in each_line(text(raw)).split("\n"))
    in_clear(text(raw)).encode("utf-8", "surrogateescape")
    table(["a"], [[text(raw)]])


def outcome_of(raw: bytes) -> None:
    for state in ("SUCCESS", "ERROR"):
        workflow.outcome(REQUEST, state=state, output=value(raw), state_info=text(raw))


def described(raw: bytes) -> None:
    for read in (description.request_in, description.phase_in, description.predecessor_in, description.names_in):
        read(text(raw))


def admitted(raw: bytes) -> None:
    admit(value(raw), queue="heat-cr-" + "1" * 36, project_id="p", now=NOW, keys=())


def handler_printed(raw: bytes) -> None:
    for shown in records(Mask.of({"ResponseURL": "https://a/v1/responses/" + "s" * 40}).lines(io.BytesIO(raw))):
        shown.encode()


def body_came(raw: bytes) -> None:
    for length in (None, len(raw) // 2):
        incoming = IncomingBody(length, limit=1000)
        incoming.feed(raw[: len(raw) // 3])
        incoming.feed(raw[len(raw) // 3 :])
        assert len(incoming.body().raw) <= 1001


TARGETS = {
    "request head": Target(
        parse=read_head,
        seeds=(
            b"PUT /v1/responses/t?x=%41 HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nabcde",
            b"\r\nPOST http://a//v1/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
        ),
        raises=(FramingError,),
    ),
    "request body": Target(parse=body_came, seeds=(b"5;a=b\r\nabcde\r\n0\r\nT: u\r\n\r\n",), raises=()),
    "request": Target(parse=lambda raw: Request.parse(value(raw)), seeds=(BODY,), limit=256 * 1024),
    "object": Target(
        parse=lambda raw: decode_object(raw, "it", limit=256 * 1024, error=RequestError),
        seeds=(BODY,),
        limit=256 * 1024,
    ),
    "admission": Target(parse=admitted, seeds=(BODY,), limit=256 * 1024),
    "answer": Target(parse=lambda raw: read_body(raw, IDENTITY, limit=64 * 1024).response(), seeds=(ANSWER,)),
    "progress": Target(
        parse=lambda raw: read_progress_body(raw, IDENTITY, limit=64 * 1024),
        seeds=(b'{"Status": "IN_PROGRESS", "Reason": "40 %"}', ANSWER),
    ),
    "service token": Target(
        parse=lambda raw: (likely_meant(text(raw)), parse_service_token(text(raw))),
        seeds=(b"mistral:w?namespace=n", b"zaqar:q?project=p&signature=s&expires=e&methods=GET&paths=%2Fv2", b"arn:x"),
    ),
    "token": Target(parse=lambda raw: RING.open(text(raw), now=NOW), seeds=(TOKEN.reveal().encode(),), limit=8192),
    "stack id": Target(
        parse=lambda raw: StackId.parse(text(raw)),
        seeds=(b"arn:openstack:heat::" + b"p" * 32 + b":stacks/a/11111111-1111-4111-8111-111111111111",),
    ),
    "bell": Target(parse=lambda raw: Bell.parse(value(raw)), seeds=(b'{"queue": "q"}',)),
    "bus bell": Target(
        parse=lambda raw: BusBell.parse(value(raw)),
        seeds=(b'{"queue": "q", "project_id": "p", "owner_id": "o", "trust_id": "t"}',),
    ),
    "heartbeat": Target(
        parse=lambda raw: Heartbeat.parse(value(raw)),
        seeds=(b'{"host": "h", "pid": 1, "mode": "own", "version": "1", "started_at": "2030-01-01T00:00:00+00:00"}',),
    ),
    "description": Target(parse=described, seeds=(description.describe(IDENTITY, "Create").encode(),), raises=()),
    "state_info": Target(
        parse=lambda raw: readable_reason(text(raw)),
        seeds=(b"Failure caused by error in tasks: t\n\n  t [task_ex_id=1] -> Failed to run action [x]: no\n",),
        raises=(),
    ),
    "outcome": Target(parse=outcome_of, seeds=(b'{"physical_resource_id": "x", "data": {}}', ANSWER), raises=()),
    "returned": Target(parse=lambda raw: answer_after(Returned(value(raw)), REQUEST), seeds=(ANSWER,), raises=()),
    "report": Target(parse=lambda raw: _ending(raw, 0), seeds=(b'{"returned": {}}', b'{"raised": "x"}'), raises=()),
    "end": Target(parse=BoxEnd.parse, seeds=(b'{"status": 0}',), raises=()),
    "output": Target(
        parse=handler_printed, seeds=(b"Traceback (most recent call last):\n  File x\nE: y\n" + b"s" * 50,), raises=()
    ),
    "signed file": Target(
        parse=lambda raw: parse_signed_file(text(raw)),
        seeds=(
            b'{"project": "p", "signature": "s", "expires": "e", "methods": ["GET", "POST", "PATCH", "DELETE"], '
            b'"paths": ["/v2/queues/q/claims", "/v2/queues/q/messages"]}',
        ),
        raises=(errors.ConfigurationError,),
    ),
    "dead letter": Target(parse=shown_letter, seeds=(BODY, b'"https://a/?signature=s"'), raises=(), seconds=0.5),
    "url": Target(parse=fenced, seeds=(b"https://answer.example/v1/x?a=b", b"https://[::1]:443/v1/"), raises=()),
    "address": Target(
        parse=lambda raw: address_allowed(text(raw), named="answer.example"),
        seeds=(b"127.0.0.1", b"::ffff:10.0.0.1", b"64:ff9b::1", b"fe80::1%eth0"),
        raises=(ValueError,),  # a peer's address is the socket's
    ),
    "problem": Target(
        parse=lambda raw: problem_in(text(raw)), seeds=(b'{"faultstring": "x", "error": {"message": "y"}}',), raises=()
    ),
    "moment": Target(
        parse=lambda raw: moment(text(raw)), seeds=(b"2030-01-01T00:00:00Z", b"2030-01-01 00:00:00"), raises=()
    ),
    "printing": Target(parse=printed, seeds=(b"\x1b[31mred\x1b]0;t\x07\r\n\xe2\x80\xae",), raises=()),
    "template": Target(
        parse=lambda raw: port(raw, Options()).files,
        seeds=(TEMPLATE,),
        raises=(TemplateError,),
        limit=16 * 1024,
        seconds=2.0,
    ),
}
