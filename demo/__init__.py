"""`make demo`: ten nights of a small fleet in a sandbox, told in tables. Never talks to a real account."""
