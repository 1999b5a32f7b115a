"""Districts: the work of every office of the city, and the cases on it. See README.md."""
