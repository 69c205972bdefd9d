"""Heat: what it knows of stacks, and the signed URL by which it takes an answer."""
