"""A provider's work at its one queue: taken, kept, answered."""
