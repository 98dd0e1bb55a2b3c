"""Decisions: pure functions over frozen values. No AWS, no environment, no clock, no logging."""
