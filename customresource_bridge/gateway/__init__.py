"""The WSGI application behind ResponseURL. Knows the protocol, keeps no state."""
