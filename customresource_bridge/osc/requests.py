"""``openstack customresource request list`` and ``request show``."""

import argparse
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from osc_lib.command import command

from customresource_bridge.osc.columns import OneLine, Seconds, Steps, Text
from customresource_bridge.osc.commands import ListCommand, readers_of, spoken
from customresource_bridge.protocol.printing import one_line
from customresource_bridge.visibility.detail import RequestDetail
from customresource_bridge.visibility.reading import Selection, Which, list_requests
from customresource_bridge.visibility.showing import show_request, show_resource
from customresource_bridge.visibility.view import RequestView

_COLUMNS = ("Stack", "Resource", "Phase", "Stage", "Age", "Deadline In", "Handler", "Execution", "Reason")
_LONG = ("Request ID", "Type", "Project", "Stack ID")


class ListRequests(ListCommand):
    """List the requests of custom resources, oldest first: how far each has come, and why it waits or failed."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Say what the command takes."""
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--in-flight", action="store_true", help="only those that are still to be answered")
        which.add_argument("--failed", action="store_true", help="only those that failed")
        where = parser.add_mutually_exclusive_group()
        where.add_argument(
            "--stack", metavar="<stack>", default="", help="only those of a stack (name or ID) and of the stacks in it"
        )
        where.add_argument("--all-projects", action="store_true", help="those of all projects (operators only)")
        parser.add_argument("--long", action="store_true", help="list more columns")
        parser.add_argument(
            "--limit",
            metavar="<number>",
            type=int,
            default=200,
            help="how many executions that have ended are looked at (default: %(default)s)",
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], Iterable[Any]]:
        """Return the columns and the rows."""
        readers = readers_of(self)
        selection = Selection(
            which=_which(parsed_args),
            stack=parsed_args.stack,
            all_projects=parsed_args.all_projects,
            most=parsed_args.limit,
        )
        with spoken():
            listing = list_requests(readers, selection)
        for note in listing.notes:
            self.log.warning("%s", one_line(note))
        long, now = parsed_args.long or parsed_args.all_projects, readers.now()
        return [*_COLUMNS, *(_LONG if long else ())], [_row(view, now, long=long) for view in listing.views]


class ShowRequest(command.ShowOne):
    """Show a request of a custom resource: its steps with their times, and the task that failed."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Say what the command takes."""
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        parser.add_argument("which", metavar="<stack> | <request-id>", help="a stack (name or ID), or a RequestId")
        parser.add_argument(
            "resource", metavar="<resource>", nargs="?", help="a resource of the stack: its last request is shown"
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], Iterable[Any]]:
        """Return the fields' names and values."""
        readers = readers_of(self)
        with spoken():
            if parsed_args.resource is None:
                found = show_request(readers, parsed_args.which)
            else:
                found = show_resource(readers, parsed_args.which, parsed_args.resource)
        for note in found.notes:
            self.log.warning("%s", one_line(note))
        fields = _fields(found, readers.now())
        return list(fields), list(fields.values())


def _which(parsed_args: argparse.Namespace) -> Which:
    if parsed_args.in_flight:
        return Which.IN_FLIGHT
    return Which.FAILED if parsed_args.failed else Which.ALL


def _row(view: RequestView, now: datetime, *, long: bool) -> list[Any]:
    row = [
        Text(view.stack_name),
        Text(view.resource),
        view.request_type,
        str(view.stage),
        Seconds(view.age(now)),
        Seconds(view.left(now)),
        Text(view.handler),
        Text(view.execution_id),
        OneLine(view.reason),
    ]
    more = (view.request_id, view.resource_type, view.project_id, view.stack_id)
    return [*row, *(Text(text) for text in more)] if long else row


def _fields(found: RequestDetail, now: datetime) -> dict[str, Any]:
    view = found.view
    return {
        "stack": Text(view.stack_name),
        "resource": Text(view.resource),
        "type": Text(view.resource_type),
        "phase": view.request_type,
        "stage": str(view.stage),
        "reason": Text(view.reason),
        "failed_task": Text(found.failed_task),
        "failed_task_reason": Text(found.failed_task_reason),
        "request_id": Text(view.request_id),
        "handler": Text(view.handler),
        "execution": Text(view.execution_id),
        "copies_posted": Text(found.copies),
        "problem": Text(found.problem),
        "asked_at": Text(_moment(view.asked_at)),
        "ended_at": Text(_moment(view.ended_at)),
        "deadline": Text(_moment(view.deadline)),
        "deadline_in": Seconds(view.left(now)),
        "steps": Steps(found.steps),
    }


def _moment(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else ""
