"""The ``[custom_resource]`` options of heat.conf. All have defaults: installing the plugin needs no edit.

Registered when Heat loads the plugin's entry point; ``oslo-config-generator`` finds them by :func:`list_opts`.
"""

from typing import Any

from oslo_config import cfg

from customresource_bridge.compat import StrEnum
from customresource_bridge.protocol import Secret
from customresource_bridge.protocol.messaging.bell import BUS_TOPIC

GROUP = "custom_resource"


class BusUse(StrEnum):
    """What Heat's own bus is to answers."""

    OFF = "off"
    TAKE = "take"
    """The engines take what comes over it."""
    ON = "on"
    """And new requests are answered over it."""


OPTIONS = (
    cfg.StrOpt(
        "gateway_url",
        help="Public base URL of the response gateway. Set, a handler gets a sealed URL below it; empty, Heat's own "
        "signed URL, which only a bridge inside the cloud should see.",
    ),
    cfg.ListOpt("gateway_keys", secret=True, default=[], help="Keys shared with the gateway; the first one seals."),
    cfg.StrOpt(
        "answers_over_bus",
        default=str(BusUse.OFF),
        choices=[str(use) for use in BusUse],
        help="Whether the gateway hands answers to heat-engine over Heat's own bus and not by heat-api-cfn, which "
        "needs a Keystone user, a role and a key pair for each stack: with 'on' none are made. First set heat_bus_url "
        "in every gateway. 'take': engines take what still comes that way, and new requests are answered by "
        "heat-api-cfn; on the way back from 'on'. Without gateway_url it has no effect.",
    ),
    cfg.MultiStrOpt(
        "signature_keys",
        secret=True,
        default=[],
        help="Keys that requests to a bridge are signed with, shared with the bridge ([security] signature_keys); "
        "the first one signs. Without one nothing is signed, and a bridge without keys asks for no signature.",
    ),
    cfg.FloatOpt(
        "watch_seconds",
        default=4.0,
        min=0.0,
        max=10.0,
        help="Seconds an engine thread watches for an answer before it lets the resource wait without a thread.",
    ),
    cfg.FloatOpt(
        "poll_interval",
        default=0.03,
        min=0.01,
        max=1.0,
        help="Seconds between two looks while watching, at first; the pauses grow with the time that has passed.",
    ),
    cfg.ListOpt(
        "repost_after",
        item_type=cfg.types.Integer(min=5),
        default=[30, 60, 120, 300],
        help="Seconds after which an unanswered request is posted again; the last one repeats. "
        "No pause but the first is longer than a quarter of the time that is left.",
    ),
    cfg.IntOpt(
        "untaken_notice_after",
        default=60,
        min=1,
        help="Seconds after which an event says who has an unanswered request: a workflow that runs, or none yet. It "
        "is written when the request is posted again next, and twice more in its life, after an hour and after a day.",
    ),
    cfg.IntOpt(
        "sweep_interval",
        default=60,
        min=5,
        help="Seconds between two looks for resources whose engine died while they waited.",
    ),
    cfg.BoolOpt(
        "wildcard",
        default=True,
        help="Whether Custom::* is known to every user. Without it, users map the types they want in an environment.",
    ),
    cfg.StrOpt(
        "bridge_user_id",
        help="The Keystone id of the operator's bridge user. Set, every owner of a custom resource trusts that user in "
        "the stack's project, and the bell rings on the message bus. Empty, each project runs a bridge of its own.",
    ),
    cfg.ListOpt(
        "bridge_roles",
        default=["member"],
        help="The roles an owner delegates to the bridge user: what workflows may do. Empty delegates all of them.",
    ),
    cfg.StrOpt("bell_topic", default=BUS_TOPIC, help="The bus's notification topic that the operator's bridge hears."),
    cfg.BoolOpt(
        "tenant_bridges",
        default=False,
        help="Whether the bell also rings in each project's own queue when bridge_user_id is set, for tenants that "
        "run a bridge all the same.",
    ),
    cfg.StrOpt(
        "metrics_directory",
        help="A folder for node_exporter's textfile collector, into which each engine worker writes its figures. By "
        "default none.",
    ),
    cfg.FloatOpt("service_call_timeout", default=10.0, min=1.0, help="Seconds for one call to Zaqar or Mistral."),
)


def register(conf: Any) -> Any:
    """Register the options, unless they are, and return their group."""
    if GROUP not in conf:  # each look at a setting comes by here, and comparing every option costs a millisecond
        conf.register_opts(OPTIONS, group=GROUP)
    return conf[GROUP]


def settings() -> Any:
    """Return heat-engine's ``[custom_resource]``."""
    return register(cfg.CONF)


def bus_use() -> BusUse:
    """Return what Heat's own bus is to answers."""
    return BusUse(settings().answers_over_bus) if settings().gateway_url else BusUse.OFF


def signature_keys() -> list[Secret]:
    """Return the keys that requests are signed with."""
    return [Secret(key) for key in settings().signature_keys]


def list_opts() -> list[tuple[str, list[Any]]]:
    """Return the options for oslo-config-generator."""
    return [(GROUP, list(OPTIONS))]
