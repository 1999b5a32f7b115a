"""Which matters are alike, and what may follow from it. Pure."""
