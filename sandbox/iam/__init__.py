"""IAM: what policies say, what a request asks for, and the guard that refuses."""
