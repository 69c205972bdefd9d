"""A class with the methods of crhelper's that the provider's worker takes the place of; it polls and answers alike."""

from typing import Any


class _Helper:
    def __init__(self, *, polling_interval: int = 2, **functions: Any) -> None:
        self._polling_interval = polling_interval
        for name in ("create", "update", "delete", "poll_create", "poll_update", "poll_delete"):
            setattr(self, f"_{name}_func", functions.get(name))
        self.Data: dict[str, Any] = {}
        self.PhysicalResourceId: Any = ""
        self.Status = "SUCCESS"

    def __call__(self, event: dict[str, Any], _context: object) -> None:
        self._event, self.Data = event, event.get("CrHelperData", {})
        kind = event["RequestType"].lower()
        try:
            function = getattr(self, f"_poll_{kind}_func" if "CrHelperPoll" in event else f"_{kind}_func")
            self.PhysicalResourceId = function(event, self) if function else ""
        except ValueError:
            self.Status = "FAILED"
        if getattr(self, f"_poll_{kind}_func"):
            self._poll(event)
        else:
            self._answer(event)

    def _poll(self, event: dict[str, Any]) -> None:
        if "CrHelperPoll" not in event and self.Status != "FAILED":
            self.Data["PhysicalResourceId"] = self.PhysicalResourceId
            self._setup_polling()
            self.PhysicalResourceId = None
        if self.PhysicalResourceId or self.Status == "FAILED":
            self._remove_polling()
            self._answer(event)

    def _answer(self, event: dict[str, Any]) -> None:
        if not self.PhysicalResourceId or self.PhysicalResourceId is True:
            self.PhysicalResourceId = self.generate_physical_id(event)
        if event["RequestType"] == "Delete":
            self._wait_for_cwlogs()
        self._send()

    def generate_physical_id(self, _event: dict[str, Any]) -> str:
        return "made up"

    def _wait_for_cwlogs(self) -> None:
        raise AssertionError("two minutes")

    def _setup_polling(self) -> None:
        raise AssertionError("EventBridge")

    def _remove_polling(self) -> None:
        raise AssertionError("EventBridge")

    def _send(self, status: str | None = None, reason: str = "", send_response: Any = None) -> None:
        body = {"Status": status or self.Status, "Reason": reason, "Data": self.Data}
        send_response("https://answer", {**body, "PhysicalResourceId": self.PhysicalResourceId}, None)


def make() -> type:
    """Return a new class: a worker's process changes it, and each has its own."""
    return type("CfnResource", (_Helper,), {})
