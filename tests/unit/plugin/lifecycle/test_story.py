import pytest

from customresource_bridge.plugin.lifecycle import story

RID, EXECUTION = "3a715364-affe-46d0-a114-7dc2cc80fda8", "6f0c3c52-9a52-5c4e-8f5e-0e8e6f6ad001"


def test_a_reason_begins_with_the_handler_s_words_and_ends_as_cloudformation_s_do() -> None:
    assert story.failed("no quota", RID) == f"no quota (RequestId: {RID})"
    assert story.failed("no quota", RID, execution=EXECUTION) == f"no quota (execution: {EXECUTION}) (RequestId: {RID})"
    assert story.failed("no quota") == "no quota"


@pytest.mark.parametrize("execution", [None, EXECUTION])
def test_an_event_keeps_the_beginning_and_the_ids_of_what_is_too_long_for_it(execution: str | None) -> None:
    end = story.failed("", RID, execution=execution)
    event = story.as_event(f"Resource CREATE failed: {'x' * 400}{end}")
    assert len(event) == story.EVENT_CHARACTERS
    assert event.startswith("Resource CREATE failed: xxx")
    assert event.endswith(end)


def test_an_event_of_any_other_text_is_its_beginning() -> None:
    assert story.as_event("short") == "short"
    assert story.as_event("x" * 300 + " (RequestId: r)" + "y" * 300) == "x" * 254 + "…"
