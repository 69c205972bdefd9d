"""Handles one request: decides purely, acts on the verdict, answers."""
