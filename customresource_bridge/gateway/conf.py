"""The gateway's configuration, and the application it describes.

The composition of the gateway is here, so that every way to run it gives the same application.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from oslo_config import cfg
from oslo_log import log as oslo_log

from customresource_bridge.clients.heat.signal import HeatSignal
from customresource_bridge.errors import ConfigurationError
from customresource_bridge.gateway.app import Gateway
from customresource_bridge.gateway.metrics import GatewayMetrics
from customresource_bridge.gateway.options import GROUP, SERVER_OPTIONS, SERVICE_OPTIONS
from customresource_bridge.gateway.settle import Settler
from customresource_bridge.gateway.upstream import Upstreams
from customresource_bridge.gateway.upstreams.heat_bus import BusSettler, NoBus
from customresource_bridge.log_lines import keep_to_lines, log_ends_of_threads
from customresource_bridge.protocol import Secret
from customresource_bridge.protocol.crypto.bus_answer import AnswerKeyring
from customresource_bridge.protocol.crypto.sealed import Keyring
from customresource_bridge.protocol.errors import TokenError


def load(files: Sequence[str]) -> Any:
    """Return the configuration in ``files``.

    :raises ConfigurationError: a file is missing or cannot be read.
    """
    conf = cfg.ConfigOpts()
    oslo_log.register_options(conf)
    conf.register_opts([*SERVICE_OPTIONS, *SERVER_OPTIONS], group=GROUP)
    try:
        conf([], project="customresource-bridge", prog="gateway", default_config_files=list(files))
        _touch_every_option(conf)
    except (cfg.Error, ValueError) as error:
        raise ConfigurationError(f"The gateway's configuration cannot be used: {error}") from None
    return conf


def set_up_logs(conf: Any) -> None:
    """Log as the configuration says: [DEFAULT] log_file, use_json, debug and the rest of oslo.log's options."""
    # urllib3 writes each path it asks for, and Heat's signed URLs are secret.
    oslo_log.set_defaults(default_log_levels=[*oslo_log.get_default_log_levels(), "urllib3=WARN"])
    oslo_log.setup(conf, "customresource-bridge-gateway")
    keep_to_lines()
    log_ends_of_threads()


def _touch_every_option(conf: Any) -> None:
    # oslo.config converts at the first look; a wrong value is to be found at the start.
    for option in (*SERVICE_OPTIONS, *SERVER_OPTIONS):
        getattr(conf[GROUP], option.dest)


def build(conf: Any, *, clock: Callable[[], datetime]) -> Gateway:
    """Return the application.

    :raises ConfigurationError: an option is missing or wrong.
    """
    options = conf[GROUP]
    try:
        keyring = Keyring([Secret(key) for key in options.gateway_keys])
    except TokenError as error:
        raise ConfigurationError(f"[{GROUP}] {error}") from None
    _check_ca_file(options.ca_file)
    signal = HeatSignal(
        connections=options.connections,
        connect_timeout=options.connect_timeout,
        read_timeout=options.read_timeout,
        ca_file=options.ca_file,
    )
    return Gateway(
        keyring=keyring,
        settler=Settler(signal=signal, auth_url=options.auth_url),
        bus=_bus(conf, clock) if options.heat_bus_url else NoBus(),
        upstreams=Upstreams.of(options.heat_urls),
        max_body=options.max_response_bytes,
        clock=clock,
        metrics=_metrics(options.metrics_directory),
    )


def _bus(conf: Any, clock: Callable[[], datetime]) -> BusSettler:
    """Return the way over Heat's bus; it connects at the first answer, in the process that a server may have forked."""
    try:
        from customresource_bridge.gateway.upstreams.bus_client import BusClient  # noqa: PLC0415 - the extra bus
    except ImportError as error:
        problem = f"{error.name} is missing: pip install 'customresource-bridge[bus]'"
        raise ConfigurationError(f"[{GROUP}] heat_bus_url: {problem}") from None
    options = conf[GROUP]
    # oslo.messaging finds some of its own options in the process's one configuration alone.
    cfg.CONF([], project="customresource-bridge", prog="gateway", default_config_files=conf.config_file)
    try:
        client = BusClient(cfg.CONF, url=options.heat_bus_url, most=options.connections)
    except Exception as error:  # oslo.messaging's, and its drivers'; the text would quote the URL and its password
        problem = f"is no transport_url ({type(error).__name__}): copy heat.conf's"
        raise ConfigurationError(f"[{GROUP}] heat_bus_url {problem}") from None
    keyring = AnswerKeyring([Secret(key) for key in options.gateway_keys])
    return BusSettler(keyring=keyring, call=client.take_answer, clock=clock)


def _metrics(folder: str | None) -> GatewayMetrics:
    if folder is not None and not Path(folder).is_dir():
        raise ConfigurationError(f"[{GROUP}] metrics_directory: {folder} is no folder: make it, for the gateway's user")
    return GatewayMetrics(folder=None if folder is None else Path(folder))


def _check_ca_file(ca_file: str | None) -> None:
    if ca_file is not None and not Path(ca_file).is_file():
        raise ConfigurationError(f"[{GROUP}] ca_file: {ca_file} is no file: name a PEM bundle")
