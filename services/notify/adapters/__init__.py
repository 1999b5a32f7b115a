"""Notify's database, wire, peers, templates and channels."""
