"""Rules of the campaign service."""
