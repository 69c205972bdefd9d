"""The daemon: claims requests, runs workflows, answers. Keeps no state."""
