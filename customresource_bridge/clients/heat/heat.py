"""Heat: whether a stack still exists, or any at all; which types it has, and what would come of a template.

It changes nothing.
"""

from collections.abc import Mapping
from urllib.parse import quote

from customresource_bridge import errors
from customresource_bridge.clients.http import ServiceClient, check, decoded, service_errors

SERVICE = "Heat"


class Heat(ServiceClient):
    """The stacks of one project."""

    _SERVICE_TYPE = "orchestration"
    _TIMEOUT = 20.0

    def stack_exists(self, name: str, stack_uuid: str) -> bool:
        """Return whether a stack is still there; Heat shows a deleted one for a while, as DELETE_COMPLETE."""
        doing = "show a stack"
        with service_errors(SERVICE, doing):
            response = self._adapter.get(
                f"/stacks/{quote(name, safe='')}/{stack_uuid}", params={"resolve_outputs": "false"}
            )
        try:
            return bool(decoded(response, SERVICE, doing)["stack"]["stack_status"] != "DELETE_COMPLETE")
        except errors.NotFound:
            return False
        except (KeyError, TypeError) as error:
            raise errors.ServiceUnavailable(SERVICE, doing, "its answer cannot be read") from error

    def has_stacks(self) -> bool:
        """Return whether the project has any stack that is not deleted, hidden ones too.

        :raises ServiceError: Heat did not say.
        """
        doing = "list stacks"
        with service_errors(SERVICE, doing):
            response = self._adapter.get("/stacks", params={"limit": "1", "show_hidden": "true"})
        try:
            return bool(decoded(response, SERVICE, doing)["stacks"])
        except (KeyError, TypeError) as error:
            raise errors.ServiceUnavailable(SERVICE, doing, "its answer cannot be read") from error

    def resource_types(self) -> frozenset[str]:
        """Return the names of the types that Heat offers the project, without those that stand for many.

        :raises ServiceError: Heat did not say.
        """
        doing = "list resource types"
        with service_errors(SERVICE, doing):
            response = self._adapter.get("/resource_types")
        try:
            return frozenset(str(name) for name in decoded(response, SERVICE, doing)["resource_types"])
        except (KeyError, TypeError) as error:
            raise errors.ServiceUnavailable(SERVICE, doing, "its answer cannot be read") from error

    def preview(self, name: str, template: str, *, files: Mapping[str, str], environment: str | None) -> int:
        """Return how many resources a stack would have; nothing is created.

        :param files: the templates of nested stacks, by what their types are called.
        :raises Rejected: Heat refuses it, or with NotFound, Conflict or Forbidden what it names.
        :raises ServiceError: Heat did not say.
        """
        doing = "preview a stack"
        body = {"stack_name": name, "template": template, "files": dict(files), "environment": environment or ""}
        with service_errors(SERVICE, doing):
            response = self._adapter.post("/stacks/preview", json=body)
        try:
            return len(decoded(response, SERVICE, doing)["stack"]["resources"])
        except (KeyError, TypeError) as error:
            raise errors.ServiceUnavailable(SERVICE, doing, "its answer cannot be read") from error

    def ping(self) -> None:
        """Ask for one stack's name, to see that Heat answers and takes our token."""
        doing = "list stacks"
        with service_errors(SERVICE, doing):
            response = self._adapter.get("/stacks", params={"limit": "1"})
        check(response, SERVICE, doing)
