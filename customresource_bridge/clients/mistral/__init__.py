"""Mistral: executions, started and read."""
