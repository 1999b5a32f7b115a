"""Notify: tells each citizen, in their language, what became of their inquiry."""
