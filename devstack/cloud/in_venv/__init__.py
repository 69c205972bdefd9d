"""Small programs that need a library: they run with the Python of the cloud's venv, never in the starter."""
