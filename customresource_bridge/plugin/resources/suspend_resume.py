"""Suspend and resume, which CloudFormation does not know: by workflows, where the author named some for them.

Heat itself waits for their end, in a thread; an engine's death in the
meantime fails the phase, as it does for every resource type.
"""

from heat.common import exception

from customresource_bridge import errors
from customresource_bridge.plugin.delivery import workflow
from customresource_bridge.plugin.lifecycle import story
from customresource_bridge.plugin.resources.operated import Operated
from customresource_bridge.protocol.printing import in_clear


class SuspendResume(Operated):
    """The author's workflows for suspend and resume."""

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
            raise exception.ResourceFailure(in_clear(str(error)), None, self.action) from error

    def _phase_has_ended(self, execution: str | None) -> bool:
        try:
            failure: str | None = workflow.phase_failure(self.ref, execution) if execution else ""
        except errors.ServiceUnavailable:
            return False  # Mistral is away: the workflow is not
        except errors.CustomResourceError as error:
            failure = str(error)
        if failure:
            raise exception.ResourceFailure(in_clear(story.failed(failure, execution=execution)), None, self.action)
        return failure is not None
