"""Routing over a real broker."""
