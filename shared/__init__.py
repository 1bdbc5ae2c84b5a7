"""What every Latu service stands on; it knows no service."""
