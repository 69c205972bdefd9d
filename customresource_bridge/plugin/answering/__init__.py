"""How an answer reaches Heat: it is read, the first one of its request is kept, and the resource is woken."""
