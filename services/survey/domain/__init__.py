"""The rules of surveys: pure, no clock, no I/O."""
