"""Leads AWS's SDKs in a handler to the cloud's own services with AWS's API, such as its object store's S3. Pure.

The key pair comes from the operator: it is never made or looked for here, since it carries a user's whole authority in
a project, and the provider's own is not for handlers. It makes no call, and knows no service's API.
Source: AWS's "SDKs and Tools Reference Guide", service-specific endpoints.
"""

import os
import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from customresource_bridge.errors import ConfigurationError

KEY_ID, SECRET_KEY = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"
REGION = "us-east-1"
"""What Swift's and Ceph's S3 API take a signature for where they were told nothing else."""
NOWHERE = "https://no-endpoint-was-given.invalid"
"""Where calls to all other services go: no name under ``invalid`` leads anywhere, and never to AWS with our key."""
_LEADING = re.compile(
    r"AWS_ENDPOINT_URL\w*|AWS_IGNORE_CONFIGURED_ENDPOINT_URLS|AWS_CONFIG_FILE|AWS_SHARED_CREDENTIALS_FILE|AWS_PROFILE"
)
"""What else says where the SDKs call, and by which pair. Variables stand above files, but for what ignores them."""
_SERVICE = re.compile(r"[a-z0-9]+([ _-][a-z0-9]+)*", re.IGNORECASE)
_HOW = (
    "`openstack ec2 credentials create` makes a pair; give both in the file of --environment, or in this command's "
    "environment"
)


def endpoint_variable(service: str) -> str:
    """Return the variable that AWS's SDKs read a service's endpoint from."""
    return "AWS_ENDPOINT_URL_" + re.sub(r"[ -]", "_", service).upper()


def parse_endpoint(text: str) -> tuple[str, str]:
    """Read ``SERVICE=URL``; return the variable and the URL.

    :raises ValueError: it is none, or the URL has more than a place in it: what it says is not repeated.
    """
    service, equals, url = text.partition("=")
    if not equals or not _SERVICE.fullmatch(service):
        raise ValueError("write SERVICE=URL, as in s3=https://objects.example.org")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError(f"the URL of {service} cannot be read") from None
    if url != url.strip() or not url.isprintable():
        raise ValueError(f"the URL of {service} has characters that no URL has")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"the URL of {service} begins with http:// or https:// and a host")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ValueError(f"the URL of {service} has no user, no password, no query and no fragment")
    return endpoint_variable(service), url


def aws_variables(
    endpoints: Iterable[tuple[str, str]], given: Mapping[str, str], inherited: Mapping[str, str]
) -> dict[str, str]:
    """Return the variables that lead AWS's SDKs to the endpoints, or none where there are none.

    :param endpoints: variables and URLs, of :func:`parse_endpoint`.
    :param given: the handler's own variables: they stand above the provider's.
    :param inherited: the provider's environment.
    :raises ConfigurationError: the key pair is not given, or half of it; or the handler's own variables lead elsewhere.
    """
    wanted = dict(endpoints)
    if not wanted:
        return {}
    if leading := sorted(filter(_LEADING.fullmatch, given)):
        # They may be a ported template's, which is not to choose whom the operator's pair is shown to.
        raise ConfigurationError(
            f"--aws-endpoint: the file of --environment sets {', '.join(leading)}: leave that out, and give each "
            "service by an --aws-endpoint of its own"
        )
    source = given if KEY_ID in given or SECRET_KEY in given else inherited
    missing = [name for name in (KEY_ID, SECRET_KEY) if not source.get(name)]
    if missing:
        raise ConfigurationError(f"--aws-endpoint: {' and '.join(missing)} must be set: {_HOW}")
    regions = (place.get(name) for place in (given, inherited) for name in ("AWS_REGION", "AWS_DEFAULT_REGION"))
    region = next(filter(None, regions), REGION)
    return {
        "AWS_ENDPOINT_URL": NOWHERE,
        **wanted,
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        KEY_ID: source[KEY_ID],
        SECRET_KEY: source[SECRET_KEY],
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
    }
