"""An assignment: where an inquiry lies, by which decision, and what becomes of it."""
