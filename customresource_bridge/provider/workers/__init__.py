"""What runs in a handler's process beside ``invoke.py``. A handler's own Python need not have this package."""
