"""Lambda entry points: parse, observe, plan, act."""
