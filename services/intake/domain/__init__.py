"""The rules of intake: pure, with time, ids and numbers handed in."""
