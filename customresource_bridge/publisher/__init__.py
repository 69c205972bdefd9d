"""What Mistral loads, where the operator wants it: tells bridges that executions have ended."""
