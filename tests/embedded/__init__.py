"""The supervisor of the embedded stack."""
