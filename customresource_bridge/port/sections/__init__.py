"""Translates the sections of a template, each in a module of its own."""
