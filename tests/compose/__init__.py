"""The containers: the compose file against its rules, and the services run in them for real."""
