"""What processes tell each other beside a request: bells, hints, heartbeats."""
