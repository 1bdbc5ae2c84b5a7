"""The schema gate: what was published once can be read for ever, and no reader meets what it cannot read."""
