"""Small programs that the supervisor runs in the place of the services."""
