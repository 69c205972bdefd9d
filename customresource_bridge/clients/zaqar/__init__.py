"""Zaqar: messages, queues, and the queue of what no bridge could answer."""
