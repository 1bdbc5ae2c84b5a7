"""How Latu is run: the embedded stack, containers, dashboards, the demo."""
