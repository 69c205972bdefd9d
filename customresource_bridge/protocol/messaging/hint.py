"""How bridges are told on the message bus that an execution has ended: a call without an answer, to all at once.

A hint: it may be lost, doubled or late. It names the execution alone, and says nothing of its outcome, for which a
bridge asks Mistral with its project's authority: a forged one makes a bridge look once more.
"""

TOPIC = "customresource_executions"
"""The topic of the call; each bridge process hears all of them, since only one of them has the request."""
VERSION = "1.0"
METHOD = "execution_ended"
"""Its one argument is ``execution_id``."""
