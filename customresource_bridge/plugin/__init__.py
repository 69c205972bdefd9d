"""What heat-engine loads: the resource types. Knows Heat and the protocol, knows nothing of the bridge."""
