"""Everything that the survey service can do."""
