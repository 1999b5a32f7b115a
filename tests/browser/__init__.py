"""Pages as a browser shows them; left out where there is none."""
