"""Stand-ins for the services, for our own tests and for those of packages that build on this one.

They behave as Zaqar 23 with its redis store and Mistral 23 do where a bridge can notice; one suite of tests runs on
them and on the real services.
"""

from customresource_bridge.testing.handlers import a_request, input_for, response_to
from customresource_bridge.testing.mistral import FakeMistral
from customresource_bridge.testing.zaqar import FakeZaqar

__all__ = ["FakeMistral", "FakeZaqar", "a_request", "input_for", "response_to"]
