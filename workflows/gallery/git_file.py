"""A file in a Git repository, whoever hosts it. Needs the program `git`.

It works without a checkout, so that no link and no hook of the repository's has an effect here. A trailer of the commit
says which resource made the file. The page about the gallery has its properties.

A Create that has sent nothing (its repository is nowhere, the file is another's) says so in its id: its Delete has
nothing to find, and succeeds though the repository stays out of reach. That of a file that was made fails as long.
"""

import os
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


class _SentError(RefusedError):
    """A push failed, and may have arrived all the same."""


def handler(event, context):
    """Answer a request for a file."""
    ours, ends_at = mark(event), time.monotonic() + context.get_remaining_time_in_millis() / 1000 - _TO_ANSWER

    def make(thing, properties):
        path = _parts(thing)[2]
        message = str(properties.get("Message") or f"Write {path}")
        try:
            commit = _commit(thing, ours, ends_at, content=str(properties.get("Content", "")), message=message)
        except _SentError:
            raise
        except RefusedError as error:
            is_there = thing == event.get("PhysicalResourceId")
            name = thing if is_there else _UNMADE + thing.removeprefix(_MADE)
            return {"Status": "FAILED", "Reason": str(error), "PhysicalResourceId": name}
        return {"Data": {"Commit": commit, "Path": path}}

    def remove(thing):
        if thing.startswith(_MADE):
            try:
                _commit(thing, ours, ends_at, content=None, message=f"Remove {_parts(thing)[2]}")
            except RefusedError as error:
                if isinstance(error, _SentError) or not thing.startswith(_UNMADE):
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
        raise RefusedError("Repository is none of those that the provider's GIT_REPOSITORIES allows")


def _parts(thing):
    """Return the repository, the branch and the path of an id."""
    repository, _, rest = thing.removeprefix(_UNMADE).removeprefix(_MADE).partition("#")
    branch, _, path = rest.partition(":")
    return repository, branch, path


def _commit(thing, ours, ends_at, *, content, message):
    """Write the file, or remove it where the content is None; return the commit that it is of."""
    repository, branch, path = _parts(thing)
    _allow(repository)
    with tempfile.TemporaryDirectory() as folder:
        git = _Git(folder, ends_at)
        git.run("init", "--quiet", "--bare")
        for _ in range(_TRIES):
            head = git.fetch(repository, branch)
            there = git.found("rev-parse", "--quiet", "--verify", f"{head}:{path}") if head else ""
            owned = there and git.is_file(head, path) and git.maker(head, path) == ours
            if content is None and not owned:
                return ""
            if there and not owned:
                raise RefusedError(f"There is a file {path} already, and it is not this resource's")
            blob = "" if content is None else git.run("hash-object", "-w", "--stdin", given=content)
            if blob and blob == there:
                return git.run("log", "-1", "--format=%H", head, "--", path)
            commit = git.commit(head, path, blob, f"{message}\n\n{_TRAILER}: {ours}\n")
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
            said = done.stderr.strip().splitlines() or ["no word"]
            raise RefusedError(f"git {words[0]}: {said[-1]}")
        return done.stdout.strip()

    def found(self, *words):
        """Return what git says, nothing where it finds nothing."""
        return self._ended(words, "").stdout.strip()

    def fetch(self, repository, branch):
        """Return the branch's newest commit, nothing where there is no such branch."""
        self.run("fetch", "--quiet", "--prune", "--", repository, "+refs/heads/*:refs/remotes/theirs/*")
        return self.found("rev-parse", "--quiet", "--verify", f"refs/remotes/theirs/{branch}^{{commit}}")

    def is_file(self, head, path):
        """Return whether a file is there, and no folder and no submodule."""
        return self.found("cat-file", "-t", f"{head}:{path}") == "blob"

    def maker(self, head, path):
        """Return the mark of what made a file: that of the commit which added it last."""
        form = f"--format=%(trailers:key={_TRAILER},valueonly)"
        return self.run("log", "-1", "--diff-filter=A", form, head, "--", path)

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
        try:
            done = self._ended(["push", "--quiet", "--", repository, refs], "")
        except RefusedError as error:
            raise _SentError(str(error)) from None
        if done.returncode and not any(word in done.stderr for word in _CAME_SECOND):
            raise _SentError(f"git push: {(done.stderr.strip().splitlines() or ['no word'])[-1]}")
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
