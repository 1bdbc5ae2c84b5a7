"""Every query of the coaching service, by noun."""
