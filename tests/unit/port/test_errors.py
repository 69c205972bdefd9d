from customresource_bridge.port.errors import TemplateError
from customresource_bridge.protocol.errors import CustomResourceError


def test_the_text_is_the_problem_and_what_to_do_about_it() -> None:
    error = TemplateError("It has no Type", "give it one", line=3)
    assert str(error) == "It has no Type: give it one"
    assert (error.problem, error.remedy, error.line) == ("It has no Type", "give it one", 3)


def test_it_concerns_the_whole_file_unless_a_line_is_given() -> None:
    assert TemplateError("a", "b").line == 0
    assert isinstance(TemplateError("a", "b"), CustomResourceError)
