"""The properties of a template: schemas for arbitrary ones, and mistakes in them that are met early."""
