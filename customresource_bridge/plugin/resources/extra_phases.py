"""Suspend, resume and check, which CloudFormation does not know: by what the template's author has named for them.

Suspend and resume are workflows: Heat itself waits for their end, in a thread; an engine's death in the meantime fails
the phase, as it does for every resource type. A check is a request, which waits as the others do,
where Heat checks by its graph: see ``one_thread``.
"""

from collections.abc import Callable

from heat.common import exception

from customresource_bridge import errors
from customresource_bridge.plugin.delivery import workflow
from customresource_bridge.plugin.lifecycle import story, transitions
from customresource_bridge.plugin.lifecycle.plan import Checked
from customresource_bridge.plugin.operation import Operation
from customresource_bridge.plugin.resources.operated import Operated
from customresource_bridge.protocol.printing import in_clear


class ExtraPhases(Operated):
    """What the author has named for suspend, resume and check."""

    @property
    def handle_check(self) -> Callable[[], Operation]:
        """What asks the handler; Heat looks whether there is such a method, and says else that it checks nothing.

        :raises AttributeError: the author wants no Check requests.
        """
        asked = transitions.latest_spec(self.state_now())
        if asked is None or not asked.wants_checks:
            raise AttributeError("handle_check")
        return self._ask_whether_it_is_there

    def _ask_whether_it_is_there(self) -> Operation:
        return self._start(Checked())

    def check_check_complete(self, operation: Operation) -> bool:
        """Return whether the handler answered."""
        return self._watch(operation)

    def handle_suspend(self) -> str | None:
        """Start the author's workflow for it."""
        return self._start_phase("suspend")

    def check_suspend_complete(self, execution: str | None) -> bool:
        """Return whether that workflow has ended."""
        return self._phase_has_ended(execution)

    def handle_resume(self) -> str | None:
        """Start the author's workflow for it."""
        return self._start_phase("resume")

    def check_resume_complete(self, execution: str | None) -> bool:
        """Return whether that workflow has ended."""
        return self._phase_has_ended(execution)

    def _start_phase(self, phase: str) -> str | None:
        physical = self.state_now().current
        try:
            # Heat's traversal is another for each operation, and the same where Heat does this one again.
            request_id = f"{phase}-{self.stack.current_traversal}"
            return workflow.start_phase(self.ref, physical, phase, request_id) if physical else None
        except errors.CustomResourceError as error:
            raise exception.ResourceFailure(in_clear(str(error)), None, self.action) from None

    def _phase_has_ended(self, execution: str | None) -> bool:
        try:
            failure: str | None = workflow.phase_failure(self.ref, execution) if execution else ""
        except errors.ServiceUnavailable:
            return False  # Mistral is away: the workflow is not
        except errors.CustomResourceError as error:
            failure = str(error)
        if failure:
            raise exception.ResourceFailure(in_clear(story.with_ids(failure, execution=execution)), None, self.action)
        return failure is not None
