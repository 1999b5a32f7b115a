"""Offices as they are recorded: what each was, is and will be."""
