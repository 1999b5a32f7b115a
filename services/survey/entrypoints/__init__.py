"""Where survey is reached: bus, HTTP, gRPC."""
