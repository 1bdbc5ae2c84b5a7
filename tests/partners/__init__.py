"""Partners over NATS: what they can do, and all that they cannot."""
