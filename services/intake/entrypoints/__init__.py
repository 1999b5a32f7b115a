"""HTTP for citizens and systems, gRPC for the other services, the bus for what happened since."""
