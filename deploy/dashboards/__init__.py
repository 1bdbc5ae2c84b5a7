"""Dashboards as code: what they show is written here, Grafana's JSON in `deploy/grafana/` is made from it."""
