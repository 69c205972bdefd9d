"""``customresource_bridge.gateway.wsgi:application``, for uWSGI, gunicorn, mod_wsgi.

The configuration file is named by CUSTOMRESOURCE_BRIDGE_CONFIG, by default /etc/customresource-bridge/gateway.conf.
Importing this module reads it: a server without a usable configuration must not come up.
"""

import logging
import os
from datetime import datetime

from customresource_bridge.compat import UTC
from customresource_bridge.errors import ConfigurationError
from customresource_bridge.gateway import conf

LOG = logging.getLogger(__name__)

VARIABLE = "CUSTOMRESOURCE_BRIDGE_CONFIG"
DEFAULT = "/etc/customresource-bridge/gateway.conf"

_configuration = conf.load([os.environ.get(VARIABLE, DEFAULT)])
conf.set_up_logs(_configuration)

try:
    application = conf.build(_configuration, clock=lambda: datetime.now(UTC))
except ConfigurationError as error:
    # uWSGI has Python tell what an import raised, and Python the log, which shows nothing of what an error says.
    LOG.critical("%s", error)
    raise
