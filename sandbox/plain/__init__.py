"""Calls of this process that moto's backends answer without moto's HTTP: those that say no more than what is read here."""
