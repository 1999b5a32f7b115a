"""One process of each service, in one city that every test here breaks and heals."""
