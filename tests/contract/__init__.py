"""The contract with partners."""
