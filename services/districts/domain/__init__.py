"""The rules of a case at its office: pure, without clock, id or I/O."""
