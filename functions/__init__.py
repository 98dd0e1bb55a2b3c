"""Nightkeep's code as it runs in Lambda, under the same dotted names everywhere."""
