"""A real Horizon beside the standalone cloud, with the pages of our package: ``make horizon``."""
