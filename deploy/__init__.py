"""Where the city runs: so far on one machine (`local`)."""
