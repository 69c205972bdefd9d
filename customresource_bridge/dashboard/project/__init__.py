"""The panel of a project's requests."""
