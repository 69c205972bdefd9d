"""What the commands that stay share: how they end, and what they show of themselves."""
