import pytest
from osc_lib import exceptions

from customresource_bridge import errors
from customresource_bridge.osc.commands import spoken


def test_an_error_is_one_line_that_a_terminal_may_print() -> None:
    with pytest.raises(exceptions.CommandError) as raised, spoken():
        raise errors.NotFound("Heat", "find the stack", "none is \x1b[31mnamed\n'x'")
    assert str(raised.value) == "Heat did not find the stack: none is named 'x'"


def test_a_mistake_of_ours_stays_one() -> None:
    with pytest.raises(ZeroDivisionError), spoken():
        raise ZeroDivisionError
