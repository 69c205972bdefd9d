"""What OpenStackClient asks a plugin for: its name, its versions, its client and its options."""

import argparse
from datetime import datetime
from typing import Any

from customresource_bridge.compat import UTC
from customresource_bridge.visibility.reading import Readers

API_NAME = "customresource"
API_VERSION_OPTION = "os_customresource_api_version"
DEFAULT_API_VERSION = "1"
API_VERSIONS = {"1": "customresource_bridge.osc.plugin"}


def make_client(instance: Any) -> Readers:
    """Return readers with the authority of the user who called ``openstack``.

    :param instance: osc-lib's client manager.
    """
    return Readers.from_session(
        instance.session,
        now=lambda: datetime.now(UTC),
        region_name=instance.region_name,
        interface=instance.interface or "public",
    )


def build_option_parser(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Declare the plugin's own option of ``openstack``."""
    parser.add_argument(
        "--os-customresource-api-version",
        metavar="<customresource-api-version>",
        default=DEFAULT_API_VERSION,
        help="version of the customresource commands (default: %(default)s)",
    )
    return parser
