"""The dashboards as Grafana keeps them, by `grafana-foundation-sdk` of the version that runs in compose."""

from __future__ import annotations

import json

from grafana_foundation_sdk.builders.common import VizLegendOptions
from grafana_foundation_sdk.builders.dashboard import Dashboard as DashboardBuilder
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.builders.timeseries import Panel as Timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import LegendDisplayMode, LegendPlacement
from grafana_foundation_sdk.models.dashboard import DataSourceRef

from deploy.dashboards.panels import Dashboard, Panel

# As `deploy/grafana/provisioning/datasources/` names it.
SOURCE = DataSourceRef(type_val="prometheus", uid="prometheus")
HEIGHT, WIDTH = 7, 8


def as_json(dashboard: Dashboard) -> str:
    """A dashboard as the text of a file."""
    builder = (
        DashboardBuilder(dashboard.title)
        .uid(dashboard.uid)
        .description(dashboard.about)
        .tags(["latu", "generated"])
        .timezone("browser")
        .time("now-6h", "now")
        .refresh("30s")
        .readonly()
    )
    for number, panel in enumerate(dashboard.panels, 1):
        builder = builder.with_panel(_panel(panel).id(number))
    made = json.loads(JSONEncoder(sort_keys=True).encode(builder.build()))
    return json.dumps(made, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _panel(panel: Panel) -> Timeseries:
    made = (
        Timeseries()
        .title(panel.title)
        .description(panel.normal)
        .datasource(SOURCE)
        .unit(panel.unit)
        .height(HEIGHT)
        .span(WIDTH)
        .fill_opacity(8)
        .legend(
            VizLegendOptions()
            .display_mode(LegendDisplayMode.LIST)
            .placement(LegendPlacement.BOTTOM)
            .show_legend(True)
        )
    )
    if panel.unit != "s":
        made = made.min(0)
    if panel.unit == "percentunit":
        made = made.max(1)
    for place, query in enumerate(panel.queries):
        target = Dataquery().expr(query.expr).legend_format(query.legend).ref_id("ABCDEF"[place])
        made = made.with_target(target.datasource(SOURCE))
    return made
