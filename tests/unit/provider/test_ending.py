"""How a handler ended: what it returned, and the event it is called with again, are shown to nobody by accident."""

from customresource_bridge.provider.ending import Returned


def test_what_a_handler_returned_is_not_shown_by_accident() -> None:
    ended = Returned({"Password": "a-password"}, lost="Data", again={"ResponseURL": "a-token-of-mine"})
    assert repr(ended) == "Returned(lost='Data')"
