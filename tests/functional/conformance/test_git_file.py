"""The gallery's file in a Git repository: what is another's, what is nowhere, and what comes in between."""

import os
from pathlib import Path
from typing import Any

import pytest
from gallery_requests import allowed, git, handled, request


def test_a_file_never_takes_the_place_of_another_s_and_is_no_pattern(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch", "main", "theirs.git")
    where, environment = {"Repository": f"file://{tmp_path}/theirs.git"}, allowed(tmp_path)

    def create(stack: str, path: str) -> Any:
        return handled(request("Create", stack=stack, **where, Path=path), environment, handler="git_file")

    for path in ("sites/a.conf", "pages/[id].js"):
        assert "Commit" in create("theirs", path)["Data"]
    assert "Commit" in create("ours", "pages/i.js")["Data"]
    for path in ("sites/a.conf/x", "sites", "pages/[id].js"):
        assert create("ours", path)["Status"] == "FAILED"
    theirs = f"git/{where['Repository']}#main:pages/[id].js"
    deleted = handled(request("Delete", theirs, stack="ours", **where, Path="x"), environment, handler="git_file")
    assert deleted["Status"] == "SUCCESS"
    left = git(tmp_path / "theirs.git", "ls-tree", "-r", "--name-only", "main").splitlines()
    assert left == ["pages/[id].js", "pages/i.js", "sites/a.conf"]


@pytest.mark.parametrize("beside", ["theirs-too/x", "theirs/../x", "theirs/%2e%2e/x"])
def test_a_repository_that_the_provider_does_not_allow_is_refused_and_its_delete_succeeds(
    tmp_path: Path, beside: str
) -> None:
    where = {"Repository": f"file://{tmp_path}/{beside}", "Path": "x"}
    environment = allowed(tmp_path / "theirs")
    refused = handled(request("Create", **where), environment, handler="git_file")
    assert "GIT_REPOSITORIES" in refused["Reason"]
    assert "PhysicalResourceId" not in refused
    deleted = handled(request("Delete", "Thing-0123456789abcdef", **where), environment, handler="git_file")
    assert deleted["Status"] == "SUCCESS"


def test_what_no_repository_was_found_for_can_be_deleted_and_a_file_that_was_made_waits(tmp_path: Path) -> None:
    where, environment = {"Repository": f"file://{tmp_path}/theirs.git", "Path": "x"}, allowed(tmp_path)

    def handle(kind: str, thing: str = "", stack: str = "stack") -> Any:
        return handled(request(kind, thing, stack=stack, **where), environment, handler="git_file")

    nowhere = handle("Create")
    assert nowhere["Reason"].startswith("git fetch: ")
    assert handle("Delete", nowhere["PhysicalResourceId"])["Status"] == "SUCCESS"
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch", "main", "theirs.git")
    made, refused = handle("Create")["PhysicalResourceId"], handle("Create", stack="another")["PhysicalResourceId"]
    (tmp_path / "theirs.git").rename(tmp_path / "away.git")
    assert handle("Delete", refused, stack="another")["Status"] == "SUCCESS"
    for kind in ("Update", "Delete"):
        failed = handle(kind, made)
        assert (failed["Status"], failed["PhysicalResourceId"]) == ("FAILED", made)
    (tmp_path / "away.git").rename(tmp_path / "theirs.git")
    assert handle("Delete", made)["Status"] == "SUCCESS"
    assert git(tmp_path / "theirs.git", "ls-tree", "-r", "main") == ""


def test_a_create_whose_answer_was_lost_is_undone_though_its_repeat_has_sent_nothing(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch", "main", "theirs.git")
    create = request("Create", Repository=f"file://{tmp_path}/theirs.git", Path="x")
    handled(create, allowed(tmp_path), handler="git_file")
    (tmp_path / "theirs.git").rename(tmp_path / "away.git")
    repeated = handled(create, allowed(tmp_path), handler="git_file")
    (tmp_path / "away.git").rename(tmp_path / "theirs.git")
    delete = {**create, "RequestType": "Delete", "PhysicalResourceId": repeated["PhysicalResourceId"]}
    assert handled(delete, allowed(tmp_path), handler="git_file")["Status"] == "SUCCESS"
    assert git(tmp_path / "theirs.git", "ls-tree", "-r", "main") == ""


@pytest.mark.parametrize("was_made", [False, True], ids=["nothing made", "made, its answer lost"])
def test_the_delete_of_a_create_that_failed_spares_what_the_next_one_made(tmp_path: Path, was_made: bool) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch", "main", "theirs.git")
    where, environment = {"Repository": f"file://{tmp_path}/theirs.git", "Path": "x"}, allowed(tmp_path)
    first = request("Create", **where)
    if was_made:
        assert "Commit" in handled(first, environment, handler="git_file")["Data"]
    (tmp_path / "theirs.git").rename(tmp_path / "away.git")
    failed = handled(first, environment, handler="git_file")["PhysicalResourceId"]
    (tmp_path / "away.git").rename(tmp_path / "theirs.git")
    second = {**first, "RequestId": "another"}
    assert handled(second, environment, handler="git_file")["PhysicalResourceId"] != failed
    deleted = handled(request("Delete", failed, **where), environment, handler="git_file")
    assert deleted["Status"] == "SUCCESS"
    assert git(tmp_path / "theirs.git", "ls-tree", "-r", "--name-only", "main") == "x"


def test_a_create_that_cannot_tell_whether_its_file_was_sent_claims_nothing(tmp_path: Path) -> None:
    silent = tmp_path / "git-remote-silent"
    silent.write_text("#!/bin/sh\necho 'Could not resolve host' >&2\nexit 1\n")
    silent.chmod(0o755)
    environment = {"GIT_ALLOW_PROTOCOL": "silent", "GIT_REPOSITORIES": "silent://host"}
    environment["PATH"] = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    where = {"Repository": "silent://host/x.git", "Path": "x"}
    failed = handled(request("Create", **where), environment, handler="git_file")
    assert (failed["Status"], failed["PhysicalResourceId"]) == ("FAILED", "git/silent://host/x.git#main:x")
    deleted = handled(request("Delete", failed["PhysicalResourceId"], **where), environment, handler="git_file")
    assert deleted["Status"] == "FAILED"


def test_a_host_that_never_answers_is_given_up_in_time_to_say_so(tmp_path: Path) -> None:
    slow = tmp_path / "git-remote-slow"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    environment = {"GIT_ALLOW_PROTOCOL": "slow", "GIT_REPOSITORIES": "slow://host"}
    environment["PATH"] = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    create = request("Create", Repository="slow://host/x.git", Path="x")
    refused = handled(create, environment, handler="git_file", seconds=7)
    assert "git fetch did not end within" in refused["Reason"]


def test_a_push_that_the_host_declines_is_told_as_that(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch", "main", "theirs.git")
    hook = tmp_path / "theirs.git" / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    create = request("Create", Repository=f"file://{tmp_path}/theirs.git", Path="x")
    assert handled(create, allowed(tmp_path), handler="git_file")["Reason"].startswith("git push: ")
