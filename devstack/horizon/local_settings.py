"""Horizon's settings beside the standalone cloud. Copied into Horizon's own folder ``local``."""

import os

DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
SECRET_KEY = os.environ["CRB_SECRET"]
OPENSTACK_KEYSTONE_URL = os.environ["CRB_KEYSTONE_URL"]
OPENSTACK_KEYSTONE_DEFAULT_DOMAIN = "Default"
STATIC_ROOT = os.path.join(os.environ["CRB_DATA"], "static")  # noqa: PTH118 - Horizon joins it as a text
# A catalogue is too large for a cookie, and this Horizon has one process.
SESSION_ENGINE = "django.contrib.sessions.backends.file"
SESSION_FILE_PATH = os.environ["CRB_DATA"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
COMPRESS_OFFLINE = False
AVAILABLE_THEMES = [
    ("default", "Light", "themes/default"),
    ("dark", "Dark", os.environ["CRB_THEME"]),
]
DEFAULT_THEME = "default"
TIME_ZONE = "UTC"
