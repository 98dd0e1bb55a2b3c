"""An AWS account on this machine, for the demo and the tests; never deployed."""
