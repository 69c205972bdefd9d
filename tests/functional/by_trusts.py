"""What Heat itself cannot do where it reauthenticates by trusts, as the profile ``kolla`` has it."""

from devstack.cloud import settings


def reauthenticates_by_trusts() -> bool:
    """Return whether the cloud's Heat forgets what a stack is to adopt, and creates no OS::Heat::Stack."""
    return settings.load().profile.heat.get("reauthentication_auth_method") == "trusts"
