"""The campaign service where a resolver of our own answers, and does not for some names."""
