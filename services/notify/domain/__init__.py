"""The rules of telling: pure, no clock, no I/O."""
