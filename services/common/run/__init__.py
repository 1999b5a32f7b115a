"""Puts a service together, reads its settings and its command line, starts it and stops it."""
