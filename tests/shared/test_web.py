"""Pages speak the reader's language; charts put every figure where its value is."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from shared.events import Figure, Text
from shared.web import languages
from shared.web.charts import LEFT, RIGHT, intervals
from shared.web.pages import in_language


def asking(query: str = "", cookie: str = "", accept: str = "") -> Request:
    headers = [(b"accept-language", accept.encode()), (b"cookie", cookie.encode())]
    return Request({"type": "http", "query_string": query.encode(), "headers": headers})


def figure(estimate: float, low: float, high: float) -> Figure:
    return Figure(kind="share", estimate=estimate, low=low, high=high, n_band="50–99")


@pytest.mark.parametrize(
    ("request_", "language"),
    [
        (asking(), "fi"),
        (asking(accept="en-GB,en;q=0.9"), "en"),
        (asking(accept="de-DE,sv;q=0.5"), "sv"),
        (asking(cookie="latu_language=en", accept="fi"), "en"),
        (asking(query="lang=sv", cookie="latu_language=en"), "sv"),
        (asking(query="lang=xx"), "fi"),
    ],
)
def test_the_address_comes_before_the_cookie_and_the_cookie_before_the_browser(
    request_: Request, language: str
) -> None:
    assert languages.choose(request_) == language


def test_a_text_that_is_not_translated_is_shown_in_finnish() -> None:
    assert in_language(Text(fi="suomeksi", en="in English"), "sv") == "suomeksi"
    assert in_language({"fi": "suomeksi", "en": "in English"}, "en") == "in English"


def test_a_figure_stands_on_the_scale_where_its_value_is() -> None:
    bar = intervals([("x", figure(50, 25, 75))], low=0, high=100).bars[0]
    assert bar.x == pytest.approx((LEFT + RIGHT) / 2)
    assert bar.low == pytest.approx(LEFT + (RIGHT - LEFT) / 4)
    assert bar.high == pytest.approx(LEFT + 3 * (RIGHT - LEFT) / 4)


def test_a_scale_that_is_not_given_spans_the_intervals() -> None:
    chart = intervals([("a", figure(50, 40, 60)), ("b", figure(70, 65, 90))])
    assert chart.bars[0].low == LEFT
    assert chart.bars[1].high == RIGHT
    assert chart.bars[1].y > chart.bars[0].y


def test_a_chart_of_nothing_is_still_a_chart() -> None:
    assert intervals([]).bars == ()
