"""Chooses what a handler sees of the provider's environment: nothing that may be a credential. Pure."""

import re
from collections.abc import Iterable, Mapping

_PASSED = re.compile(
    r"PATH|HOME|LANG|LC_\w+|TZ|TMPDIR|PYTHONPATH"
    r"|AWS_REGION|AWS_DEFAULT_REGION|AWS_LAMBDA_FUNCTION_NAME"
    r"|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|SSL_CERT_FILE|SSL_CERT_DIR|AWS_CA_BUNDLE|NODE_EXTRA_CA_CERTS"
)
"""Where programs and certificates are, the language, the region. A proxy's address may have a password in it."""


def passed_on(inherited: Mapping[str, str], named: Iterable[str] = ()) -> dict[str, str]:
    """Return what a handler has of an environment.

    :param named: further variables, which the handler's author asked for by name.
    """
    more = frozenset(named)
    return {name: value for name, value in inherited.items() if name in more or _PASSED.fullmatch(name)}
