"""Waiting for an answer: in a thread, parked without one, and the monitor that looks after what is parked."""
