"""What a bridge shows of itself: events, log lines, metrics, notifications, an HTTP endpoint."""
