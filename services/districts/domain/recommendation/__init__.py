"""Which permits a district should delegate to its community offices, keep, or take back."""
