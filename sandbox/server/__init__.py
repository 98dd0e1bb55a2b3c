"""The sandbox over HTTP: one thread that owns the account, the AWS endpoint before it, and the API that controls it."""
