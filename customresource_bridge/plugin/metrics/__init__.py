"""heat-engine's figures: what each worker counts, and what waits in the whole of Heat."""
