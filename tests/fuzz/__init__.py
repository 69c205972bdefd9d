"""Every parser that faces outside, fed with what nobody would write: `make fuzz`."""
