"""A file in a Git repository, whoever hosts it. Needs the program `git`.

It works without a checkout, so that no link and no hook of the repository's has an effect here. A trailer of the commit
says which resource, and which request of it, made the file. The page about the gallery has its properties.

A Create that finds another's file, or no repository where it asks, says in its id that it made nothing, and which
request it was: its Delete has nothing to find, succeeds though the repository stays away, and never removes what
a later Create made. A Create whose repository does not answer claims nothing: one that was handed out before may have
sent the file. Its Delete fails while the repository is out of reach, as that of a file that was made.
"""

import os
import re
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

from common import RefusedError, answer, mark, required

_TRAILER = "Custom-Resource"
_TRIES = 3
_SECONDS = 120
_TO_ANSWER = 5
_MADE, _UNMADE = "git/", "git/unmade/"
_NO_PART = {"", ".", "..", ".git"}
_NO_FILE = f"0 {'0' * 40}"
_CAME_SECOND = ("[rejected]", "fetch first", "non-fast-forward")
_NO_REPOSITORY = re.compile(
    r"not appear to be a git repository|repository\b.* not found|cannot find repository", re.IGNORECASE
)
"""What git, or the host by its mouth, says of a repository that is not there."""


class _UnreadError(RefusedError):
    """The repository was not read, and so nothing sent to it."""


class _UnmadeError(_UnreadError):
    """No delivery of the request made the file."""


def handler(event, context):
    """Answer a request for a file."""
    ends_at = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - _TO_ANSWER

    def make(thing, properties):
        path = _parts(thing)[2]
        message = str(properties.get("Message") or f"Write {path}")
        try:
            commit = _commit(thing, event, ends_at, content=str(properties.get("Content", "")), message=message)
        except _UnmadeError as error:
            is_there = thing == event.get("PhysicalResourceId")
            name = thing if is_there else f"{_UNMADE}{event['RequestId']}/{thing.removeprefix(_MADE)}"
            return {"Status": "FAILED", "Reason": str(error), "PhysicalResourceId": name}
        return {"Data": {"Commit": commit, "Path": path}}

    def remove(thing):
        if thing.startswith(_MADE):
            try:
                _commit(thing, event, ends_at, content=None, message=f"Remove {_parts(thing)[2]}")
            except _UnreadError:
                if not thing.startswith(_UNMADE):
                    raise

    return answer(event, name=_name, make=make, remove=remove)


def _name(properties):
    repository, path = str(required(properties, "Repository")), str(required(properties, "Path"))
    branch = str(properties.get("Branch") or "main")
    _allow(repository)
    if urlsplit(repository).password or "#" in repository or ":" in branch:
        raise RefusedError("Repository is a URL without password and fragment, and Branch has no colon")
    if {part.lower() for part in path.split("/")} & _NO_PART:
        raise RefusedError("Path is that of a file within the repository")
    return f"{_MADE}{repository}#{branch}:{path}"


def _allow(repository):
    """Refuse a repository that the provider's credentials are not for."""
    prefixes = [prefix.rstrip("/") + "/" for prefix in os.environ.get("GIT_REPOSITORIES", "").split()]
    if ".." in unquote(repository) or not any(f"{repository}/".startswith(prefix) for prefix in prefixes):
        raise _UnreadError("Repository is none of those that the provider's GIT_REPOSITORIES allows")


def _parts(thing):
    """Return the repository, the branch and the path of an id."""
    whole = thing.removeprefix(_UNMADE).partition("/")[2] if thing.startswith(_UNMADE) else thing.removeprefix(_MADE)
    repository, _, rest = whole.partition("#")
    branch, _, path = rest.partition(":")
    return repository, branch, path


def _of_request(thing):
    """Return the request that an id is of which made nothing; nothing for any other."""
    return thing.removeprefix(_UNMADE).partition("/")[0] if thing.startswith(_UNMADE) else ""


def _commit(thing, event, ends_at, *, content, message):
    """Write the file, or remove it where the content is None; return the commit that it is of."""
    repository, branch, path = _parts(thing)
    ours, request, only = mark(event), event["RequestId"], _of_request(thing)
    trailer = f"{_TRAILER}: {ours} {request}\n"
    _allow(repository)
    with tempfile.TemporaryDirectory() as folder:
        git = _Git(folder, ends_at)
        git.run("init", "--quiet", "--bare")
        for _ in range(_TRIES):
            head = git.fetch(repository, branch)
            there = git.found("rev-parse", "--quiet", "--verify", f"{head}:{path}") if head else ""
            made_by, made_for = git.maker(head, path) if there and git.is_file(head, path) else ("", "")
            owned = made_by == ours and only in {"", made_for}
            if content is None and not owned:
                return ""
            if there and not owned:
                raise _UnmadeError(f"There is a file {path} already, and it is not this resource's")
            blob = "" if content is None else git.run("hash-object", "-w", "--stdin", given=content)
            if there and event["RequestType"] == "Create" and made_for != request:
                # An earlier Create, whose answer was lost: its Delete is still to come, and must not find this one's.
                head, there = git.commit(head, path, "", f"Remove {path}\n\n{trailer}"), ""
            if blob and blob == there:
                return git.run("log", "-1", "--format=%H", head, "--", path)
            commit = git.commit(head, path, blob, f"{message}\n\n{trailer}")
            if git.push(repository, f"{commit}:refs/heads/{branch}"):
                return commit
    raise RefusedError(f"The branch {branch} was changed again and again: update the stack once more")


class _Git:
    """A bare repository that lives for one request."""

    def __init__(self, folder, ends_at):
        self._folder, self._ends_at = folder, ends_at
        self._environment = {
            "GIT_ALLOW_PROTOCOL": "https:ssh",  # a template names no folder of the provider's
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_AUTHOR_NAME": "customresource-bridge",
            "GIT_AUTHOR_EMAIL": "customresource-bridge@localhost",
            "GIT_COMMITTER_NAME": "customresource-bridge",
            "GIT_COMMITTER_EMAIL": "customresource-bridge@localhost",
            **os.environ,
            "GIT_INDEX_FILE": str(Path(folder, "index")),
            "GIT_LITERAL_PATHSPECS": "1",  # a path is no pattern
            "LC_ALL": "C",
        }

    def run(self, *words, given=""):
        """Return what git says; its last words are the reason where it fails."""
        done = self._ended(words, given)
        if done.returncode:
            raise RefusedError(f"git {words[0]}: {_last_words(done)}")
        return done.stdout.strip()

    def found(self, *words):
        """Return what git says, nothing where it finds nothing."""
        return self._ended(words, "").stdout.strip()

    def fetch(self, repository, branch):
        """Return the branch's newest commit, nothing where there is no such branch."""
        words = ["fetch", "--quiet", "--prune", "--", repository, "+refs/heads/*:refs/remotes/theirs/*"]
        try:
            done = self._ended(words, "")
        except RefusedError as error:
            raise _UnreadError(str(error)) from None
        if done.returncode:
            kind = _UnmadeError if _NO_REPOSITORY.search(done.stderr) else _UnreadError
            raise kind(f"git fetch: {_last_words(done)}")
        return self.found("rev-parse", "--quiet", "--verify", f"refs/remotes/theirs/{branch}^{{commit}}")

    def is_file(self, head, path):
        """Return whether a file is there, and no folder and no submodule."""
        return self.found("cat-file", "-t", f"{head}:{path}") == "blob"

    def maker(self, head, path):
        """Return the mark of what made a file, and its request: those of the commit which added it last."""
        form = f"--format=%(trailers:key={_TRAILER},valueonly)"
        ours, _, request = self.run("log", "-1", "--diff-filter=A", form, head, "--", path).partition(" ")
        return ours, request

    def commit(self, head, path, blob, message):
        """Return a commit with one file changed, or removed where it has no blob; a folder never gives way to it."""
        self.run("read-tree", *([head] if head else ["--empty"]))
        if blob:
            self.run("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
        else:
            self.run("update-index", "-z", "--index-info", given=f"{_NO_FILE}\t{path}\0")
        parents = ["-p", head] if head else []
        return self.run("commit-tree", self.run("write-tree"), *parents, given=message)

    def push(self, repository, refs):
        """Send a commit; return False where somebody else's came first."""
        done = self._ended(["push", "--quiet", "--", repository, refs], "")
        if done.returncode and not any(word in done.stderr for word in _CAME_SECOND):
            raise RefusedError(f"git push: {_last_words(done)}")
        return not done.returncode

    def _ended(self, words, given):
        seconds = max(min(_SECONDS, self._ends_at - time.monotonic()), 0)
        try:
            return subprocess.run(
                ["git", *words],
                cwd=self._folder,
                env=self._environment,
                input=given,
                capture_output=True,
                text=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise RefusedError(f"git {words[0]} did not end within {seconds:.0f} s") from None


def _last_words(done):
    return (done.stderr.strip().splitlines() or ["no word"])[-1]
