"""The rules of routing: pure, without clock, id or I/O."""
