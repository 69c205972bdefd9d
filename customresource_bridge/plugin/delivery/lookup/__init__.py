"""What Mistral and Zaqar have, as delivery must know it. These modules look, and change nothing."""
