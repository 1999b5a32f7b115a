"""Where the city runs: on one machine (`local`), or on Kubernetes (`k8s`, which is no Python)."""
