"""Has Heat's modules work with threads: to be called before anything of Heat's is imported."""

try:
    from oslo_service import backend
except ImportError:  # before 4.2 there is nothing to choose: they load eventlet, which changes nothing unless asked to
    backend = None


def choose_threads() -> None:
    """Choose them where one can choose; else Heat's modules load eventlet."""
    if backend is not None:
        backend.init_backend(backend.BackendType.THREADING)
