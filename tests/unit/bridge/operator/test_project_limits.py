"""An operator's line for a project counts for that project alone."""

import pytest

from customresource_bridge.bridge.operator.project_limits import ProjectLimits
from customresource_bridge.bridge.settings import Settings
from customresource_bridge.errors import ConfigurationError

USUAL = Settings(workers=8, max_in_flight=1000, max_running=50)


def test_a_project_without_a_line_has_what_every_one_has() -> None:
    assert ProjectLimits(["other running=1"]).settings_for("p", USUAL) == USUAL


def test_a_line_changes_what_it_names_and_nothing_else() -> None:
    limits = ProjectLimits(["p running=5 workers=2", "q in_flight=10"])
    assert limits.settings_for("p", USUAL) == Settings(workers=2, max_in_flight=1000, max_running=5)
    assert limits.settings_for("q", USUAL) == Settings(workers=8, max_in_flight=10, max_running=50)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "p",
        "running=5",
        "p running",
        "p running=0",
        "p running=-1",
        "p running=five",
        "p running=1000000000000",
        "p running=1 running=2",
        "p runs=5",
        "p running=1 in_flight=2 workers=3 p",
        "p, running=1",
    ],
)
def test_a_line_that_cannot_be_read_is_refused_with_its_form(line: str) -> None:
    with pytest.raises(ConfigurationError, match=r"project_limit = .*: write '<project id> running=<n>"):
        ProjectLimits([line])


def test_two_lines_for_one_project_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="project p has two lines"):
        ProjectLimits(["p running=5", "p workers=5"])
