"""HTTP of districts: tokens, and the work of offices as JSON."""
