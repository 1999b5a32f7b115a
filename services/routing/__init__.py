"""Routing: which office is competent for an inquiry, and why. See README.md."""
