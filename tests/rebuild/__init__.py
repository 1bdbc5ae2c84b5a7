"""Rebuilding from the streams, for each of the four services on a real database and a real broker."""
