"""Run with Heat's Python: ``make unit-plugin``."""

import pytest
from oslo_service import backend

# Before anything of Heat is imported, whose modules load eventlet otherwise.
backend.init_backend(backend.BackendType.THREADING)

from operations import Cloud, a_cloud  # noqa: E402


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Cloud:
    return a_cloud(monkeypatch)
