"""The conformance suite: made from seeds, run against any implementation."""
