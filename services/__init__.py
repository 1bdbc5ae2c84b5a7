"""The four services of Latu."""
