import customresource_bridge.errors as tree
from customresource_bridge.protocol.errors import CustomResourceError


def test_every_error_stands_in_one_tree() -> None:
    assert all(issubclass(getattr(tree, name), CustomResourceError) for name in tree.__all__)


def test_a_service_s_error_says_who_did_not_do_what_and_why() -> None:
    error = tree.Conflict("Zaqar", "claim messages", "it is another's", status=409)
    assert str(error) == "Zaqar did not claim messages (409): it is another's"
    assert (error.service, error.doing, error.problem, error.status) == (
        "Zaqar",
        "claim messages",
        "it is another's",
        409,
    )


def test_without_an_answer_there_is_no_status() -> None:
    error = tree.ServiceUnavailable("Mistral", "start a workflow", "no connection")
    assert str(error) == "Mistral did not start a workflow: no connection"
    assert error.status is None
