"""One inquiry at its office, from the assignment to the answer."""
