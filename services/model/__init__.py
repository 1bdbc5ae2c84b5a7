"""Model: recommendations with their evidence, review, model versions."""
