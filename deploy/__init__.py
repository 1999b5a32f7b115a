"""Where the city runs: on one machine (`local`) and in a cluster (`k8s`)."""
