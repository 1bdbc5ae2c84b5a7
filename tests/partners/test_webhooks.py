"""A fifth of the endpoints hangs, fails or is slow, and the others get everything soon, signed by their own secrets."""

from __future__ import annotations

import json
import sys

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from standardwebhooks.webhooks import Webhook

from tests.partners import webhooks
from tests.partners.webhooks import Load


def test_endpoints_that_hang_or_fail_delay_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    found = webhooks.measure(Load(endpoints=40, events=10, a_second=5))
    assert found["sick"] == 8
    assert found["arrived"] == found["expected"] == 320
    # The promise is 2 seconds; the machine that runs tests is busy with others.
    with capsys.disabled():  # a figure to look at where tests run, also in one of several processes
        print(f"99 % of 320 events arrived within {found['webhook_p99_ms']} ms", file=sys.stderr)
    assert found["webhook_p99_ms"] < 5000
    assert found["failing"] >= 2  # the others hang still, or are slow
    for one in found["whole"]:
        body = one["body"].encode()
        event = Webhook(found["secrets"][one["path"]]).verify(body, one["headers"])
        assert event["id"] == one["headers"]["webhook-id"]
        assert from_http_event(HTTPMessage(one["headers"], body)).get_data() == json.loads(body)["data"]
