"""Can workflows call Mistral? Its own actions are clients like others: by the catalogue, and by a CA of theirs."""

from customresource_bridge import errors
from customresource_bridge.clients.writers import MistralWriter
from customresource_bridge.cmd.check.result import CheckResult

WHAT = "loop: mistral.* actions"
_ACTION = "mistral.cron_triggers_list"
_REMEDY = (
    "workflows with such actions may fail so, too. An endpoint that is not found, or another region's, is mended by "
    "[openstack_actions] default_region in mistral.conf, a private CA by REQUESTS_CA_BUNDLE in the environment of "
    "mistral-server or its executor"
)


def own_actions(mistral: MistralWriter) -> CheckResult:
    """Have Mistral run one, which lists what mostly is nothing. Many handlers need none, so it is a warning at most."""
    try:
        problem = mistral.run_action(_ACTION)
    except (errors.Forbidden, errors.NotFound, errors.Rejected) as error:
        return CheckResult(WHAT, note=f"not tried: {error}")
    except errors.CustomResourceError as error:
        return CheckResult(WHAT, warning=f"whether they work is not known: {error}")
    return CheckResult(WHAT, warning=f"{problem}; {_REMEDY}" if problem else None)
