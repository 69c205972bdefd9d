"""The ids of the many stacks and their projects, derived from their numbers: the same at each run."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

from bench.scale_cloud import clone
from cryptography.fernet import Fernet

from customresource_bridge.protocol import ids
from customresource_bridge.protocol.stack_id import StackId

TABLES = f"""
DROP DATABASE IF EXISTS bench_scale; CREATE DATABASE bench_scale CHARACTER SET utf8mb3;
CREATE TABLE {clone.PROJECTS} (n INT PRIMARY KEY, project_id CHAR(32), name VARCHAR(64), owner_id CHAR(32),
  trust_id CHAR(32));
CREATE TABLE {clone.MAP} (n INT PRIMARY KEY, waits BOOL, project_id CHAR(32), owner_id CHAR(32), stack_id CHAR(36),
  name VARCHAR(64), traversal CHAR(36), trust_id CHAR(32), creds VARCHAR(255), user_project_id CHAR(32),
  user_id CHAR(32), execution_id CHAR(36), KEY (waits));
"""


@dataclass(frozen=True)
class Size:
    """How much there is.

    :ivar waiting: of the stacks, those with a resource that waits.
    """

    stacks: int
    waiting: int
    projects: int


@dataclass(frozen=True)
class Asked:
    """The request that the real stack's resource waits for: those of the many have its id."""

    resource: str
    request_id: str


def projects(size: Size) -> Iterator[tuple[object, ...]]:
    """Yield the rows of the projects."""
    for n in range(size.projects):
        yield n, _hex("project", n), project_name(n), _hex("owner", n), _hex("bridge trust", n)


def project_name(n: int) -> str:
    """Return the name of a project."""
    return f"bench-scale-{n}"


def stack_name(word: object) -> str:
    """Return the name of a stack, a real one's or one of the many's: all are of one length."""
    return f"bench-scale-{word:0>9}"


def waiting(size: Size) -> Iterator[tuple[str, str, str, str]]:
    """Yield project, id, name and owner of the stacks that wait."""
    for n in range(size.waiting):
        of = n % size.projects
        yield _hex("project", of), _uuid("stack", n), stack_name(n), _hex("owner", of)


def stacks(size: Size, asked: Asked, key: str) -> Iterator[tuple[object, ...]]:
    """Yield the rows of the stacks; those that wait are spread evenly over the projects.

    :param key: Heat's own, with which it encrypts the ids of trusts.
    """
    fernet = Fernet(base64.b64encode(key[:32].encode()))
    for n in range(size.stacks):
        project, owner = _hex("project", n % size.projects), _hex("owner", n % size.projects)
        stack, name, trust = _uuid("stack", n), stack_name(n), _hex("trust", n)
        execution = ids.execution_id(
            project_id=project,
            stack_id=StackId(project, name, stack).arn,
            logical_resource_id=asked.resource,
            request_id=asked.request_id,
        )
        creds = fernet.encrypt(trust.encode()).decode()
        signer = _hex("user project", n), _hex("user", n)
        yield (
            n,
            int(n < size.waiting),
            project,
            owner,
            stack,
            name,
            _uuid("traversal", n),
            trust,
            creds,
            *signer,
            execution,
        )


def _uuid(kind: str, n: int) -> str:
    return str(UUID(bytes=hashlib.md5(f"{kind} {n}".encode(), usedforsecurity=False).digest(), version=4))


def _hex(kind: str, n: int) -> str:
    return uuid5(NAMESPACE_URL, f"{kind} {n}").hex
