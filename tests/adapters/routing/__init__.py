"""Survey over a real broker and a real database."""
