"""Run with Heat's Python: ``make unit-plugin``."""

from oslo_service import backend

# Before anything of Heat is imported, whose modules load eventlet otherwise.
backend.init_backend(backend.BackendType.THREADING)
