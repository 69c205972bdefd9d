"""How answers are read: as much of a body as can be read, its fields in any spelling, and what they come to."""
