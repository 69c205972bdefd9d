"""The standalone cloud: Keystone, Zaqar, Mistral and Heat on 127.0.0.1, for a laptop and for CI.

Started by ``make cloud`` (``python3 -m devstack.cloud start``). It runs before anything is installed, so it uses the
standard library alone; what needs a library runs in the cloud's own venv (``in_venv/``). It never touches anything
outside ``.cloud/``, except that it installs missing Debian packages when it is root.
"""
