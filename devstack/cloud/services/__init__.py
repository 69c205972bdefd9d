"""The services of the cloud, one module each; ``catalogue`` puts them together."""
