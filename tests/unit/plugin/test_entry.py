"""How Heat finds the plugin, and what a ServiceToken must be. ``make unit-plugin``."""

from typing import Any

import pytest
from oslo_config import cfg

from customresource_bridge.plugin import entry


def test_installing_is_enough_for_heat_to_find_us() -> None:
    assert entry.PLUGIN_DIR in cfg.CONF.plugin_dirs
    assert "/usr/lib/heat" in cfg.CONF.plugin_dirs, "what was configured stays"
    assert cfg.CONF.custom_resource.watch_seconds == 4.0


@pytest.mark.parametrize(
    ("token", "good"),
    [
        ("mistral:wf", True),
        ("zaqar:q", True),
        ("arn:aws:lambda:x", True),
        ("zaqar:a b", False),
        ("mistral:", False),
        ("mistrall:wf", False),
        ("mistral:wf%0Aforged", False),
        ("arn:aws:lambda:x\n2026 CRITICAL forged", False),
        ("arn:aws:lambda:\u202ex", False),
        ("zaqar:q?project=%E4%B8%80&signature=s&expires=e&methods=GET&paths=/v2", False),
    ],
)
def test_the_constraint_judges_a_service_token(token: str, good: bool) -> None:
    constraint: Any = entry.ServiceTokenConstraint()
    if good:
        constraint.validate_with_client(None, token)
        return
    with pytest.raises(constraint.expected_exceptions):
        constraint.validate_with_client(None, token)
    assert "ServiceToken" in constraint.error(token)
