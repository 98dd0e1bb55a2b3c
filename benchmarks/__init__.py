"""How fast the sandbox is: a year of nights, calls per second beside moto's, memory. Never shipped, never a test's condition."""
