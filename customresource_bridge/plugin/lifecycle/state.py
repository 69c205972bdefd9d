"""What a resource remembers between two steps: its physical resource, the request that is out, and the account.

The account is what may exist beside the physical resource: whatever a handler was asked to make and may have made, from
the request's first post on. An entry is closed by a Delete that succeeded, or by the owner's word to retain, and by
nothing else. Frozen values with one way in (:meth:`State.parse`) and one way out (:meth:`State.to_json`). Pure.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from customresource_bridge.plugin.lifecycle.spec import Spec
from customresource_bridge.protocol import RequestType
from customresource_bridge.protocol.limits import EARLIER_REQUESTS

_VERSION = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PhysicalResource:
    """What a handler made, and said so.

    :ivar spec: what it was last asked for with success.
    :ivar attempted: what it was asked for since, without success; it may be anywhere in between.
    """

    physical_resource_id: str
    spec: Spec
    attempted: Spec | None = None
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    no_echo: bool = False

    @property
    def last_asked(self) -> Spec:
        """What the handler was asked for last."""
        return self.attempted or self.spec

    def to_dict(self) -> dict[str, Any]:
        """Return what :meth:`parse` reads."""
        return {
            "physical_resource_id": self.physical_resource_id,
            "spec": self.spec.to_dict(),
            "attempted": self.attempted.to_dict() if self.attempted else None,
            "data": dict(self.data),
            "no_echo": self.no_echo,
        }

    @classmethod
    def parse(cls, source: Mapping[str, Any]) -> "PhysicalResource":
        """Read what :meth:`to_dict` wrote."""
        values = dict(source)
        values.pop("created", None)  # of version 1, which kept what a FAILED Create had left in the resource's place
        values["spec"] = Spec.parse(values["spec"])
        values["attempted"] = Spec.parse(values["attempted"]) if values.get("attempted") else None
        return cls(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A request that was written down and is not answered yet.

    :ivar traversal: Heat's traversal that asked; an answer in another one decides nothing by itself.
    :ivar physical_resource_id: the id it speaks of; None for a Create.
    :ivar previous: the RequestIds of those before it whose handlers may still act, newest first; they are stopped
        first. Usually one; more where one of them may never have begun, and so has stopped none before it.
    :ivar superseded: whether it is the Delete of what another one replaced.
    :ivar rollback: whether a rollback of the stack asked.
    :ivar hindrance: why it could not be sent at first; empty where it could.
    :ivar held: of a Delete, ids that it has to leave alone. They are stored beside it, for an engine of before takes no
        further field in it; what such an engine writes, or posts again, is without them.
    """

    request_id: str
    request_type: RequestType
    spec: Spec
    traversal: str
    asked_at: datetime
    deadline: datetime
    physical_resource_id: str | None = None
    old_properties: Mapping[str, Any] | None = field(default=None, repr=False)
    previous: tuple[str, ...] = ()
    superseded: bool = False
    rollback: bool = False
    hindrance: str = ""
    held: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return what :meth:`parse` reads."""
        return {
            "request_id": self.request_id,
            "request_type": str(self.request_type),
            "spec": self.spec.to_dict(),
            "operation": self.traversal,
            "asked_at": self.asked_at.isoformat(),
            "deadline": self.deadline.isoformat(),
            "physical_resource_id": self.physical_resource_id,
            "old_properties": None if self.old_properties is None else dict(self.old_properties),
            "previous_request_id": " ".join(self.previous) or None,
            "superseded": self.superseded,
            "rollback": self.rollback,
            "hindrance": self.hindrance,
        }

    @classmethod
    def parse(cls, source: Mapping[str, Any]) -> "Pending":
        """Read what :meth:`to_dict` wrote."""
        values = dict(source)
        values["traversal"] = values.pop("operation")
        values["previous"] = _words(values.pop("previous_request_id"))
        values["request_type"] = RequestType(values["request_type"])
        values["spec"] = Spec.parse(values["spec"])
        values["asked_at"] = datetime.fromisoformat(values["asked_at"])
        values["deadline"] = datetime.fromisoformat(values["deadline"])
        return cls(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the account: what may exist, and is to be deleted.

    :ivar physical_resource_id: its id. Empty where only the answer to ``unheard`` can tell it: a Create then has the
        id that is derived for it, and an Update may have made nothing.
    :ivar spec: what its Delete speaks of.
    :ivar unheard: the Create or Update that may have made it, and whose answer was not heard; None once it was.
    :ivar superseded: whether it goes in the stack's clean-up; all else goes with the resource.
    :ivar tried_in: Heat's traversal whose clean-up could not delete it.
    """

    physical_resource_id: str
    spec: Spec
    unheard: Pending | None = None
    superseded: bool = False
    tried_in: str | None = None

    @property
    def can_be_deleted(self) -> bool:
        """Whether there is an id to name in a Delete, or will be when it is asked for."""
        create = self.unheard is not None and self.unheard.request_type is RequestType.CREATE
        return bool(self.physical_resource_id) or create

    def to_dict(self) -> dict[str, Any]:
        """Return what :meth:`parse` reads."""
        return {
            "physical_resource_id": self.physical_resource_id,
            "spec": None if self.unheard and self.unheard.spec == self.spec else self.spec.to_dict(),
            "unheard": self.unheard.to_dict() if self.unheard else None,
            "superseded": self.superseded,
            "tried_in": self.tried_in,
        }

    @classmethod
    def parse(cls, source: Mapping[str, Any]) -> "Entry":
        """Read what :meth:`to_dict` wrote."""
        values = dict(source)
        unheard = values["unheard"] = Pending.parse(values["unheard"]) if values["unheard"] else None
        values["spec"] = Spec.parse(values["spec"]) if values["spec"] or unheard is None else unheard.spec
        return cls(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """All that a resource remembers.

    :ivar account: what may exist beside ``current``, oldest first; no id is in it twice.
    :ivar asked: the RequestIds of its Creates and Updates, as far back as an answer may still name what was made.
    :ivar heard: what answers to them have told: a repeat of it is no news, whatever became of the id since.
    :ivar gone: what the Delete spoke of after which nothing was left: a later answer may still name something.
    :ivar previous: the RequestIds of the last requests, newest first, whose handlers may still act, since they were
        interrupted, given up or failed at their deadlines: the next one names them, so that a bridge stops them first.
    :ivar check_failed: whether a Check came to no SUCCESS since the handler was last asked for the resource: the next
        update asks for it again, even unchanged.
    """

    current: PhysicalResource | None = None
    pending: Pending | None = None
    account: tuple[Entry, ...] = ()
    asked: tuple[str, ...] = ()
    heard: tuple[str, ...] = ()
    gone: Spec | None = None
    previous: tuple[str, ...] = ()
    check_failed: bool = False

    @property
    def ids(self) -> set[str]:
        """Every id that may exist."""
        known = {entry.physical_resource_id for entry in self.account}
        if self.current is not None:
            known.add(self.current.physical_resource_id)
        return known - {""}

    @property
    def shown_id(self) -> str:
        """The id to show: of what is there, or else of what may be left of it; empty where none is known."""
        if self.current is not None:
            return self.current.physical_resource_id
        return next((entry.physical_resource_id for entry in reversed(self.account) if entry.physical_resource_id), "")

    @property
    def superseded(self) -> tuple[Entry, ...]:
        """What is to be deleted in the stack's clean-up."""
        return tuple(entry for entry in self.account if entry.superseded)

    def opened(self, entry: Entry) -> "State":
        """Return the state with an entry more, unless its id is known."""
        if entry.physical_resource_id in self.ids:
            return self
        return replace(self, account=(*self.account, entry))

    def closed(self, physical_resource_id: str) -> "State":
        """Return the state without what was deleted."""
        gone = self.current is not None and self.current.physical_resource_id == physical_resource_id
        left = tuple(entry for entry in self.account if entry.physical_resource_id != physical_resource_id)
        return replace(self, current=None if gone else self.current, account=left)

    def interrupted(self) -> "State":
        """Return the state with nothing pending: whose answer is no longer waited for is in the account."""
        pending = self.pending
        if pending is None:
            return self
        state = replace(self, pending=None, previous=self.stopped_next(pending))
        if pending.request_type is RequestType.CHECK:
            return replace(state, check_failed=True)
        if pending.request_type is RequestType.DELETE:
            return state
        entry = Entry(physical_resource_id="", spec=pending.spec, unheard=pending)
        return replace(state, account=(*state.account, entry))

    def stopped_next(self, pending: Pending) -> tuple[str, ...]:
        """Return the requests whose handlers the next one has stopped first, where ``pending`` was given up."""
        # A Check only looks: what a Create or an Update before it may still make is stopped rather.
        looks = pending.request_type is RequestType.CHECK
        if looks and any(request_id in self.asked for request_id in pending.previous):
            return pending.previous
        return after((pending.request_id,), *pending.previous)

    def told(self, request_id: str, physical_resource_id: str) -> "State":
        """Return the state with what an answer told.

        :param physical_resource_id: empty where it named none.
        """
        saying = _saying(request_id, physical_resource_id)
        return self if saying in self.heard else replace(self, heard=(*self.heard, saying))

    def has_told(self, request_id: str, physical_resource_id: str) -> bool:
        """Return whether an answer to a request told this before."""
        return _saying(request_id, physical_resource_id) in self.heard

    def was_heard(self, request_id: str) -> bool:
        """Return whether any answer to a request was taken over."""
        return any(saying.startswith(f"{request_id} ") for saying in self.heard)

    def _heard_before(self) -> tuple[str, ...]:
        """Return :attr:`heard` for a row that did not note it: what was asked and is waited for no more."""
        waited_for = {entry.unheard.request_id for entry in self.account if entry.unheard is not None}
        waited_for |= {self.pending.request_id} if self.pending else set()
        return tuple(f"{request_id} ?" for request_id in self.asked if request_id not in waited_for)

    def to_json(self) -> str:
        """Return what :meth:`parse` reads. It holds secrets: for an encrypted place only."""
        return json.dumps(
            {
                "version": _VERSION,
                "thing": self.current.to_dict() if self.current else None,
                "pending": self.pending.to_dict() if self.pending else None,
                "held": list(self.pending.held) if self.pending else [],
                "account": [entry.to_dict() for entry in self.account],
                "asked": list(self.asked),
                "heard": list(self.heard),
                "gone": self.gone.to_dict() if self.gone else None,
                "previous": " ".join(self.previous),
                "check_failed": self.check_failed,
                **self._in_version_1(),
            }
        )

    def _in_version_1(self) -> dict[str, Any]:
        """Return the account as version 1 has it: its engines read this text too while an upgrade is under way."""
        unheard = [entry.unheard for entry in self.account if entry.unheard is not None]
        named = [entry for entry in self.account if entry.physical_resource_id]
        things = [PhysicalResource(physical_resource_id=entry.physical_resource_id, spec=entry.spec) for entry in named]
        return {
            "abandoned": unheard[-1].to_dict() if unheard else None,
            "superseded": [thing.to_dict() for thing in things],
        }

    @classmethod
    def parse(cls, text: str | None) -> "State":
        """Read what :meth:`to_json` wrote, in this version or the one before; nothing yet is a fresh state."""
        if not text:
            return cls()
        source = json.loads(text)
        if source["version"] == 1:
            return _parse_version_1(source)
        state = cls(
            current=PhysicalResource.parse(source["thing"]) if source["thing"] else None,
            pending=_pending(source),
            account=tuple(Entry.parse(entry) for entry in source["account"]),
            asked=tuple(source["asked"]),
            gone=Spec.parse(source["gone"]) if source.get("gone") else None,
            previous=_words(source["previous"]),
            check_failed=source.get("check_failed", False),
        )
        return replace(state, heard=tuple(source["heard"]) if "heard" in source else state._heard_before())


def after(newest: tuple[str, ...], *older: str) -> tuple[str, ...]:
    """Return requests with older ones after them, each once, as many as a request may name.

    The oldest stays where there are more: it began, or none did, and most often it is what makes.
    """
    chain = tuple(dict.fromkeys(filter(None, (*newest, *older))))
    return chain if len(chain) <= 1 + EARLIER_REQUESTS else (*chain[:EARLIER_REQUESTS], chain[-1])


def _pending(source: Mapping[str, Any]) -> Pending | None:
    given = source["pending"]
    return replace(Pending.parse(given), held=tuple(source.get("held", ()))) if given else None


def _words(text: str | None) -> tuple[str, ...]:
    return tuple((text or "").split())


def _saying(request_id: str, physical_resource_id: str) -> str:
    return f"{request_id} {hashlib.sha256(physical_resource_id.encode()).hexdigest()[:12]}"


def _parse_version_1(source: Mapping[str, Any]) -> State:
    """Read a state that knew one given-up request, and what a FAILED Create had left as a resource never created."""
    thing, pending, abandoned = source["thing"], source["pending"], source["abandoned"]
    current = PhysicalResource.parse(thing) if thing else None
    asked = [Pending.parse(request) for request in (abandoned, pending) if request]
    state = State(
        current=current,
        pending=Pending.parse(pending) if pending else None,
        asked=tuple(request.request_id for request in asked if request.request_type is not RequestType.DELETE),
    )
    for old in source["superseded"]:
        physical = PhysicalResource.parse(old)
        state = state.opened(
            Entry(physical_resource_id=physical.physical_resource_id, spec=physical.spec, superseded=True)
        )
    if current is not None and not thing["created"]:
        rest = Entry(physical_resource_id=current.physical_resource_id, spec=current.spec)
        state = replace(state, current=None).opened(rest)
    if abandoned:
        given_up = replace(state, pending=Pending.parse(abandoned)).interrupted()
        # With a Delete out, that one names it already.
        state = replace(given_up, pending=state.pending, previous=() if state.pending else given_up.previous)
    return state
