"""Every link of the system under every fault of a network, one at a time."""
