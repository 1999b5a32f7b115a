"""Where a service is called and calls its peers: HTTP and gRPC, who is calling, and whether
the service may be called.
"""
