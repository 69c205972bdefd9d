"""The sections of a template, each translated by a module of its own."""
