"""What a developer's machine needs to try the project; nothing here is installed with the package."""
