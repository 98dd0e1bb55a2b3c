"""Deliveries that AWS services make by themselves, with the rights they need, their retries and dead letters."""
