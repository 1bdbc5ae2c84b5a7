"""Dashboards: every panel against a real Prometheus that scrapes the real services under load."""
