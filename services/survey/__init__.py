"""Survey: questionnaires, rounds, the frame, answers, estimates, releases, insights."""
