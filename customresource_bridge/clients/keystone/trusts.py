"""The operator bridge's authority in tenants' projects: the trusts that owners gave it, and sessions on them.

Keystone's list of trusts is the registry of tenants; nothing is stored. Keystone lists all trusts that the bridge was
given at once, neither by project nor in pages: who was told of a trust, as the bells tell, tries that one and waits for
no list. A session belongs to a project, not to one trust: when the one it uses stops working, because its owner left or
removed it, the next login takes another. One that delegates less than the bridge is to have is none: whoever has any
role in a project can give it. A session that is one owner's takes that one's trusts alone.
"""

import math
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from keystoneauth1 import exceptions as ksa
from keystoneauth1 import identity
from keystoneauth1 import session as ksa_session
from keystoneauth1.identity.base import BaseIdentityPlugin

from customresource_bridge import errors
from customresource_bridge.clients.connections import Connections
from customresource_bridge.clients.http import QuietAdapter, check, decoded, service_errors
from customresource_bridge.clients.keystone import session as sessions
from customresource_bridge.protocol import Secret
from customresource_bridge.protocol.naming import printable

SERVICE = "Keystone"
_LISTING = "list the bridge's trusts"
_MOST_TRIED = 20
"""Trusts of a project that one login tries: a login that fails costs Keystone more than a list."""
_MOST_TOLD = 10_000
"""Owners whose trusts are known by being told of: as many as have work at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """One owner's trust in one project.

    :ivar trust_id: a user who knows it and the bridge's password acts for the owner.
    """

    trust_id: Secret
    project_id: str
    owner_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The bridge's own user."""

    auth_url: str
    username: str
    password: Secret
    user_domain_name: str

    def password_auth(self, **scope: Any) -> Any:
        """Return a keystoneauth plugin that logs in with the password."""
        return identity.V3Password(
            auth_url=_versioned(self.auth_url),
            username=self.username,
            password=self.password.reveal(),
            user_domain_name=self.user_domain_name,
            **scope,
        )


class Registry:
    """The trusts of all projects, as Keystone listed them last.

    :param session: a keystoneauth session of the bridge's own user.
    :param stale_after: seconds; asked for a project that is not in it, an older list is fetched anew.
    :ivar listed_at: when it was asked for last, on the monotonic clock.
    """

    listed_at: float = -math.inf

    def __init__(self, session: Any, account: Account, *, stale_after: float, monotonic: Callable[[], float]) -> None:
        self._adapter = QuietAdapter(
            session=session, endpoint_override=_versioned(account.auth_url), timeout=session.timeout
        )
        self._session = session
        self._stale_after = stale_after
        self.monotonic = monotonic
        # While one fetches the list, those whose trust is known do not wait for it.
        self._lock = threading.Lock()
        self._trouble: errors.ServiceError | None = None
        self._trusts: Mapping[str, Sequence[Trust]] = {}
        self._told_lock = threading.Lock()
        self._told: OrderedDict[tuple[str, str], Trust] = OrderedDict()

    def tell(self, trust: Trust) -> None:
        """Take word of a trust. A login by it shows whether it is one."""
        with self._told_lock:
            self._told[trust.project_id, trust.owner_id] = trust
            self._told.move_to_end((trust.project_id, trust.owner_id))
            if len(self._told) > _MOST_TOLD:
                self._told.popitem(last=False)

    def forget(self, trust: Trust) -> None:
        """Heed a word no more: it is of a trust that does not work."""
        with self._told_lock:
            if self._told.get((trust.project_id, trust.owner_id)) == trust:
                del self._told[trust.project_id, trust.owner_id]

    def of(self, project_id: str, owner_id: str | None = None) -> Sequence[Trust]:
        """Return a project's trusts, those that were told of first, without a look at Keystone where some are known.

        :param owner_id: whose they have to be; None takes any owner's.
        :raises ServiceError: Keystone did not list them.
        """
        with self._told_lock:
            told = [trust for (project, _owner), trust in reversed(self._told.items()) if project == project_id]
        return _whose(owner_id, [*told, *self._trusts.get(project_id, ())]) or self.again(project_id, owner_id)

    def again(self, project_id: str, owner_id: str | None = None) -> Sequence[Trust]:
        """Return a project's trusts after those known before did not work, or none was known.

        :raises ServiceError: Keystone did not list them.
        """
        with self._listing():
            if self.monotonic() - self.listed_at >= self._stale_after:
                self._fetch()
            elif self._trouble is not None:
                # Of many who wait, one asks; not each after the other, with a time-out of its own.
                raise type(self._trouble)(SERVICE, _LISTING, self._trouble.problem, status=self._trouble.status)
            return _whose(owner_id, self._trusts.get(project_id, ()))

    def projects(self) -> list[str]:
        """Return all projects with a trust, freshly listed.

        :raises ServiceError: Keystone did not list them.
        """
        with self._listing():
            self._fetch()
            return list(self._trusts)

    def known(self) -> list[str]:
        """Return all projects with a trust, as they were listed last."""
        return list(self._trusts)

    def ping(self) -> None:
        """See that Keystone answers.

        :raises ServiceError: it does not.
        """
        doing = "show its version"
        with service_errors(SERVICE, doing):
            response = self._adapter.get("/")
        check(response, SERVICE, doing)

    def remove(self, session: Any, project_id: str) -> None:
        """Delete those of a project's trusts that belong to the user a trust-scoped session acts as.

        :raises ServiceError: Keystone did not.
        """
        with service_errors(SERVICE, "name a user"):
            owner = session.get_user_id()
        adapter = QuietAdapter(
            session=session, endpoint_override=self._adapter.endpoint_override, timeout=self._adapter.timeout
        )
        for trust in self.of(project_id):
            if trust.owner_id == owner:
                _delete(adapter, trust)
            self.forget(trust)
        with self._listing():
            self._trusts = {name: given for name, given in self._trusts.items() if name != project_id}

    @contextmanager
    def _listing(self) -> Iterator[None]:
        """Hold the list; who has waited for another's list as long as for an answer does so no longer."""
        if not self._lock.acquire(timeout=self._adapter.timeout or -1):
            raise errors.ServiceUnavailable(SERVICE, _LISTING, "it is still being asked")
        try:
            yield
        finally:
            self._lock.release()

    def _fetch(self) -> None:
        self.listed_at, self._trouble = self.monotonic(), None
        try:
            self._trusts = self._listed()
        except errors.ServiceError as error:
            self._trouble = error
            raise

    def _listed(self) -> Mapping[str, Sequence[Trust]]:
        with service_errors(SERVICE, _LISTING):
            user = self._session.get_user_id()
            response = self._adapter.get("/OS-TRUST/trusts", params={"trustee_user_id": user})
        try:
            return _by_project(decoded(response, SERVICE, _LISTING)["trusts"])
        except (ValueError, KeyError, TypeError) as error:
            raise errors.ServiceUnavailable(SERVICE, _LISTING, "its answer cannot be read") from error


class ProjectAuth(BaseIdentityPlugin):  # type: ignore[misc] # untyped
    """A keystoneauth plugin: a token of a project, by one owner's trust, or by whichever of its owners' trusts works.

    :param roles: those that a trust must delegate to count, in whatever case: to Keystone their names are the same.
    :param owner_id: whose trust it has to be; None takes any owner's.
    """

    auth_ref: Any  # keystoneauth's own

    def __init__(  # noqa: PLR0913 - who logs in, where, and by which trusts
        self,
        account: Account,
        registry: Registry,
        project_id: str,
        *,
        min_token_life: int,
        roles: Iterable[str] = (),
        owner_id: str | None = None,
    ) -> None:
        super().__init__(auth_url=_versioned(account.auth_url))
        sessions.renew_in_time(self, min_token_life)
        self._account = account
        self._registry = registry
        self._project_id = project_id
        self._roles = frozenset(role.casefold() for role in roles)
        self._owner_id = owner_id

    def share(self, other: "ProjectAuth") -> None:
        """Begin with the token that another session of the project has, if it is this owner's: a login less."""
        known = other.auth_ref
        if known is not None and known.user_id == self._owner_id:
            self.auth_ref = known

    def get_auth_ref(self, session: Any) -> Any:
        """Log in.

        :raises keystoneauth1.exceptions.Unauthorized: no trust works.
        :raises NoTrust: none of the owner's does.
        """
        tried: set[str] = set()
        in_doubt = False
        # What is known may be words of trusts that never were: those that Keystone lists are to have their turn.
        for listing, most in ((self._registry.of, _MOST_TRIED // 2), (self._registry.again, _MOST_TRIED)):
            known = in_turn(listing(self._project_id, self._owner_id))
            for trust in [trust for trust in known if trust.trust_id.reveal() not in tried][: most - len(tried)]:
                tried.add(trust.trust_id.reveal())
                try:
                    found = self._try(session, trust)
                except ksa.Unauthorized:
                    # Keystone says so of a trust that is gone; but the bridge's own password may be the reason.
                    found, in_doubt = None, True
                if found is not None:
                    return found
                self._registry.forget(trust)
        why = self._why(tried=bool(tried))
        if self._owner_id is None or in_doubt:
            raise ksa.Unauthorized(why)
        doing = "let the bridge act as the stack's owner"
        raise errors.NoTrust(SERVICE, doing, why, listed_at=self._registry.listed_at)

    def _why(self, *, tried: bool) -> str:
        roles = f" with the roles {', '.join(sorted(self._roles))}" if self._roles else ""
        if self._owner_id is not None:
            return (
                f"the stack's owner, user {printable(self._owner_id)}, gives the bridge no trust that works{roles}: "
                "that user, or another of the project who has them, updates or deletes the stack, and is its owner then"
            )
        if not tried:
            return "no owner of a stack in the project trusts the bridge"
        return f"no owner of a stack in the project trusts the bridge any more{roles}"

    def _try(self, session: Any, trust: Trust) -> Any:
        try:
            found = self._account.password_auth(trust_id=trust.trust_id.reveal()).get_auth_ref(session)
        except (ksa.Forbidden, ksa.NotFound):
            return None  # its owner is gone, or lost a role; or the trust was removed
        if (found.project_id, found.user_id) != (trust.project_id, trust.owner_id):
            return None  # the word of it was false
        return found if self._roles <= {role.casefold() for role in found.role_names} else None

    def get_cache_id_elements(self) -> dict[str, str]:
        """Return what tells this plugin's tokens from others'."""
        return {"project_id": self._project_id, "owner_id": self._owner_id or ""}


def _whose(owner_id: str | None, trusts: Sequence[Trust]) -> Sequence[Trust]:
    return [trust for trust in trusts if owner_id in {None, trust.owner_id}]


def in_turn(trusts: Sequence[Trust]) -> list[Trust]:
    """Return trusts so that each owner has a first one before any has a second: many of one hide no other's."""
    seen: Counter[str] = Counter()
    numbered = []
    for trust in trusts:
        numbered.append((seen[trust.owner_id], trust))
        seen[trust.owner_id] += 1
    return [trust for _, trust in sorted(numbered, key=lambda pair: pair[0])]


def own_session(account: Account, *, timeout: float, verify: bool | str, project: Mapping[str, Any]) -> Any:
    """Return a session of the bridge's own user.

    :param project: its own project's name and domain, where it has one; with none, an unscoped one.
    """
    auth = account.password_auth(**project)
    made = ksa_session.Session(auth=auth, timeout=timeout, verify=verify, redirect=False)
    sessions.keep_connections(made, 10)
    return made


def connections(number: int) -> requests.Session:
    """Return a pool of connections that the projects' sessions share, by which a service is asked so much at a time.

    Where hundreds of projects have work at once, as after an outage, all their calls together would take a service so
    long that none is answered in time. It keeps no cookies: what one project's call was given must not go out with
    another's.
    """
    pool = Connections(number, bounded=True)
    pool.cookies.set_policy(_NoCookies())
    return pool


def project_session(auth: ProjectAuth, *, pool: requests.Session, timeout: float, verify: bool | str) -> Any:
    """Return a session with a project's authority over shared connections."""
    return ksa_session.Session(auth=auth, session=pool, timeout=timeout, verify=verify, redirect=False)


class _NoCookies(DefaultCookiePolicy):
    def set_ok(self, *_args: Any) -> bool:
        return False


def _by_project(listed: Sequence[Mapping[str, Any]]) -> dict[str, list[Trust]]:
    found: dict[str, list[Trust]] = {}
    for raw in listed:
        if raw.get("impersonation") and raw.get("project_id"):
            trust = Trust(
                trust_id=Secret(str(raw["id"])),
                project_id=str(raw["project_id"]),
                owner_id=str(raw["trustor_user_id"]),
            )
            found.setdefault(trust.project_id, []).append(trust)
    return found


def _delete(adapter: Any, trust: Trust) -> None:
    doing = "delete a trust"
    with service_errors(SERVICE, doing):
        response = adapter.delete(f"/OS-TRUST/trusts/{trust.trust_id.reveal()}")
    try:
        check(response, SERVICE, doing)
    except errors.NotFound:
        return


def _versioned(auth_url: str) -> str:
    base = auth_url.rstrip("/")
    return base if base.endswith("/v3") else f"{base}/v3"
