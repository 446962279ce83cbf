"""Running the conformance suite against any implementation."""
