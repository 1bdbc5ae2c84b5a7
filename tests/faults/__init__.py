"""Faults of the surroundings, made on purpose."""
