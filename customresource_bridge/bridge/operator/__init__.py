"""One bridge for all projects of a cloud: message bus, a bridge for each project, sweeps."""
