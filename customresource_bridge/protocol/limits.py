"""Sizes and times that both ends of the protocol rely on."""

MAX_RESPONSE_BYTES = 256 * 1024
"""The largest response body taken, in bytes. CloudFormation takes 4096."""

MAX_REQUEST_BYTES = 256 * 1024
"""The largest request, in bytes: what Zaqar takes as one post (``max_messages_post_size``)."""

MAX_PHYSICAL_RESOURCE_ID_BYTES = 1024
"""CloudFormation: "The value must be a non-empty string and can be up to 1 KB in size." """

MAX_REASON_CHARACTERS = 8 * 1024
"""A longer Reason is cut, not refused: its beginning is worth more than an error about it."""

MAX_NESTING = 64
"""How deep the JSON of a request or a response may nest."""

DEFAULT_SERVICE_TIMEOUT = 3600
"""Seconds until an unanswered request fails, as CloudFormation's ServiceTimeout."""

MAX_SERVICE_TIMEOUT = 7 * 24 * 3600
"""Seconds. CloudFormation stops at an hour; Zaqar keeps a message for fourteen days."""

EARLIER_REQUESTS = 3
"""How many requests a request names besides the previous one: for each one more that never began."""

HELD_IDS = 4
"""How many ids a Delete names that it has to leave alone: Heat has seldom more than one further row of a resource."""
