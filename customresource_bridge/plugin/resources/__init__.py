"""The resource types as heat-engine sees them."""
