"""Runs the handler that is checked, wherever it is: a function here, or whatever a URL leads to."""

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from customresource_bridge.cmd.handler_arguments import QUERY_INTERVAL, LoadedHandler, loaded_handler
from customresource_bridge.errors import ConfigurationError
from customresource_bridge.protocol import Request
from customresource_bridge.protocol.printing import one_line
from customresource_bridge.provider import runner
from customresource_bridge.provider.ending import Broke, Ending, Returned
from customresource_bridge.provider.handler_calls import HandlerCalls, Run, answer_of
from customresource_bridge.provider.style import Style


def local_handler(arguments: argparse.Namespace, ca_file: Path) -> Run:
    """Return what runs the handler that the arguments name.

    :raises ConfigurationError: it cannot be loaded.
    """
    handler = loaded_handler(arguments, ca_file=ca_file, show=show_output)
    sys.stderr.write(f"{handler.style}\n\n")
    if handler.style.style is not Style.LAMBDA:
        return _answered_by_provider(arguments, handler)
    # At AWS, an id that cfnresponse made of the log stream's name is another each time, and so it is here by default.
    return _runs(replace(handler.spec, keep_ids=arguments.keep_ids))


def _runs(spec: runner.HandlerSpec) -> Run:
    return lambda event, seconds: runner.run(spec, event, seconds=seconds, show=show_output)


def show_output(text: str) -> None:
    """Write what a handler prints to stderr."""
    for line in text.splitlines() or [""]:
        sys.stderr.write(f"    | {one_line(line)}\n")


def _answered_by_provider(arguments: argparse.Namespace, handler: LoadedHandler) -> Run:
    """Return what calls a handler until the work is complete, and returns what the provider would answer."""
    is_complete = _runs(handler.is_complete) if handler.is_complete else None
    calls = HandlerCalls(
        run=_runs(handler.spec), style=handler.style.style, is_complete=is_complete, polls=handler.style.polls
    )

    def run_to_its_end(event: Mapping[str, Any], seconds: float) -> Ending:
        wait = pauses(
            arguments.query_interval or QUERY_INTERVAL, total=min(arguments.total_timeout or seconds, seconds)
        )
        return Returned(answer_of(calls, Request.parse(event), event, seconds=seconds, wait=wait).to_dict())

    return run_to_its_end


def pauses(interval: float, *, total: float) -> Callable[[], bool]:
    """Return what waits for the next look, and returns False once ``total`` seconds are over."""
    ends_at = time.monotonic() + total

    def wait() -> bool:
        left = ends_at - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(interval, left))
        return True

    return wait


def handler_behind(url: str) -> Run:
    """Return what has the handler behind a URL run.

    :raises ConfigurationError: it is no URL.
    """
    if urlsplit(url).scheme not in {"http", "https"}:
        raise ConfigurationError(f"--url {url}: write http://... or https://...")

    def post(event: Mapping[str, Any], seconds: float) -> Ending:
        try:
            answer = requests.post(url, json=dict(event), timeout=seconds, allow_redirects=False)
        except requests.RequestException as error:
            return Broke(f"The handler's URL gave no answer: {type(error).__name__}")
        if answer.status_code >= requests.codes.multiple_choices:
            return Broke(f"The handler's URL answered {answer.status_code}")
        try:
            return Returned(answer.json())
        except ValueError:
            return Returned(None)

    return post
