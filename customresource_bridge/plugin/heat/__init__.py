"""The fence around Heat: the only folder that imports Heat's database, RPC and engine internals."""
