"""Has an engine of Heat's work on a row."""
