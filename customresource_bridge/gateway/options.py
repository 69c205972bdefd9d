"""The ``[gateway]`` options of gateway.conf. It reads no file and builds nothing.

It needs nothing of the ``gateway`` extra, so that oslo-config-generator lists the options wherever the package is.
"""

from typing import Any

from oslo_config import cfg

from customresource_bridge.protocol import limits

GROUP = "gateway"
SERVICE_OPTIONS = [
    cfg.ListOpt(
        "gateway_keys",
        secret=True,
        default=[],
        help="Keys that ResponseURLs are sealed with; each of them opens. The same as in heat.conf, where "
        "the first one seals. Make one with: customresource-bridge gateway --new-key",
    ),
    cfg.ListOpt(
        "heat_urls",
        default=[],
        help="Base URLs of heat-api-cfn, as heat.conf's heat_waitcondition_server_url gives them. Set them, and the "
        "gateway calls nothing else, even if a key leaks. Empty: wherever the sealed URL leads.",
    ),
    cfg.StrOpt(
        "auth_url",
        help="Keystone's URL. No credentials are used: with it, the gateway can tell a stack that is gone (the handler "
        "is told 200) from a Heat in trouble (503). Without it, both are 503.",
    ),
    cfg.StrOpt(
        "heat_bus_url",
        secret=True,
        help="Heat's transport_url. Set, the gateway hands an answer to heat-engine over Heat's own bus, where the "
        "request was made so: heat.conf, [custom_resource] answers_over_bus. Set it in every gateway before that one. "
        "What heat.conf has under [oslo_messaging_rabbit] belongs into this file too. By default not.",
    ),
    cfg.IntOpt(
        "max_response_bytes",
        default=limits.MAX_RESPONSE_BYTES,
        min=4096,
        max=limits.MAX_RESPONSE_BYTES,
        help="The largest response taken from a handler, in bytes. CloudFormation takes 4096.",
    ),
    cfg.FloatOpt("connect_timeout", default=3.0, min=0.1, help="Seconds until heat-api-cfn counts as unreachable."),
    cfg.FloatOpt("read_timeout", default=30.0, min=0.1, help="Seconds that heat-api-cfn may take for an answer."),
    cfg.IntOpt("connections", default=32, min=1, help="How many connections to heat-api-cfn are kept open."),
    cfg.StrOpt(
        "metrics_directory",
        help="A folder for node_exporter's textfile collector, into which each process writes its figures, whatever "
        "server runs it. By default none.",
    ),
    cfg.StrOpt("ca_file", help="CA certificates that heat-api-cfn's is checked against; by default the system's."),
]
SERVER_OPTIONS = [
    cfg.StrOpt("host", default="127.0.0.1", help="The address that the gateway's own server listens on."),
    cfg.PortOpt("port", default=8443, help="The port that the gateway's own server listens on."),
    cfg.StrOpt("tls_certificate", help="The certificate chain (PEM) of the gateway's own server; none means http."),
    cfg.StrOpt("tls_key", help="The certificate's private key (PEM)."),
    cfg.IntOpt("threads", default=32, min=1, help="How many responses the gateway's own server handles at once."),
    cfg.StrOpt(
        "metrics_listen",
        help="Where the gateway's own server serves /metrics and /healthz beside its public address, as "
        "127.0.0.1:9480; a private address, since it asks for no credentials. By default nowhere.",
    ),
    cfg.IntOpt(
        "client_timeout",
        default=10,
        min=1,
        help="Seconds that a client of the gateway's own server has for TLS's handshake and the head of its request "
        "together, and that it may be silent within the body.",
    ),
    cfg.IntOpt(
        "request_timeout",
        default=60,
        min=1,
        help="Seconds that a request has to arrive as a whole at the gateway's own server.",
    ),
    cfg.IntOpt(
        "max_connections",
        default=2048,
        min=16,
        help="How many connections the gateway's own server has at once; fewer where its limit of open files is lower. "
        "At the limit the connection goes that has been waited for longest, of the address that has most.",
    ),
    cfg.IntOpt(
        "max_connections_per_address",
        default=256,
        min=1,
        help="How many of them one address may have (of IPv6, one /64). At the limit its oldest goes that is not being "
        "answered. A front is one address.",
    ),
]


def list_opts() -> list[tuple[str, list[Any]]]:
    """Return the options for oslo-config-generator."""
    return [(GROUP, [*SERVICE_OPTIONS, *SERVER_OPTIONS])]
