"""What the benchmark on a GPU compares: our steps, what none can do without, a peer."""
