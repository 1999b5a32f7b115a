"""The gRPC API of offices, and the answers for Dasan's other services."""
