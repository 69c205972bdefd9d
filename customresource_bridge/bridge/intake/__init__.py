"""Takes requests in: bells, queues, claims, validation, dead letters."""
