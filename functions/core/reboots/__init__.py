"""Reboots: which instances are rebooted for their images, in which order, and when the next one may be."""
