"""What proves where something comes from: the sealed token in a ResponseURL, and the signature under a message."""
