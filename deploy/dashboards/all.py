"""Every dashboard, in the order in which one looks at them, and where Grafana finds them."""

from __future__ import annotations

from pathlib import Path

from deploy.dashboards.backbone import BACKBONE
from deploy.dashboards.loop import LOOP
from deploy.dashboards.partners import PARTNERS
from deploy.dashboards.services import SERVICES, service_dashboard
from deploy.dashboards.slos import SLOS

FOLDER = Path(__file__).resolve().parents[1] / "grafana" / "dashboards"
ALL = (LOOP, SLOS, *(service_dashboard(service) for service in SERVICES), BACKBONE, PARTNERS)
