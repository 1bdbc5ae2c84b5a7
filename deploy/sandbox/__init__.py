"""The partners' sandbox: a broker without any service, a recorded history, and a check of what reads it."""
