"""Notify over a real database, real servers and real files."""
