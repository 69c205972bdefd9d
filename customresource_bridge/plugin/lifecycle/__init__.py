"""Pure decisions about a resource's life: state in, state out. No I/O, no clock."""
