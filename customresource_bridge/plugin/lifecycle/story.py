"""What a stack's owner reads of a request: in the reasons of failures. Pure texts, and no secret in any."""

EVENT_CHARACTERS = 255
"""What Heat keeps of an event's reason; a resource's own it keeps whole."""
_CUT = "…"


def failed(reason: str, request_id: str = "", *, execution: str | None = None) -> str:
    """Return why something failed: the handler's own words, whole and first, and what they are about.

    It ends as CloudFormation's reasons do.

    :param execution: the id of the workflow's execution, where one handled the request.
    """
    where = f" (execution: {execution})" if execution else ""
    return f"{reason}{where}{f' (RequestId: {request_id})' if request_id else ''}"


def as_event(reason: str) -> str:
    """Return a reason as long as an event's may be: of one that is longer, the end is kept too, which names ids."""
    if len(reason) <= EVENT_CHARACTERS:
        return reason
    begins = reason.rfind(" (execution: ")
    begins = reason.rfind(" (RequestId: ") if begins < 0 else begins
    end = reason[begins:] if begins >= 0 and len(reason) - begins < EVENT_CHARACTERS // 2 else ""
    return f"{reason[: EVENT_CHARACTERS - len(end) - 1]}{_CUT}{end}"
