"""Intake's database, contracts and peers."""
