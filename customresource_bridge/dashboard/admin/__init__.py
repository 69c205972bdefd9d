"""The panel of all projects' requests."""
