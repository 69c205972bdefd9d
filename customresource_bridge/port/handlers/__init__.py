"""Finds the code behind each ServiceToken and proposes how to run it."""
