"""Intake with its real wiring and fakes at its edges."""
