"""A fifth of the endpoints hangs or fails, and the others get everything soon, signed by their own secrets."""

from __future__ import annotations

import json

from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from standardwebhooks.webhooks import Webhook

from tests.partners import webhooks
from tests.partners.webhooks import Load


def test_endpoints_that_hang_or_fail_delay_no_other() -> None:
    found = webhooks.measure(Load(endpoints=40, events=10, a_second=5))
    assert found["sick"] == 8
    assert found["arrived"] == found["expected"] == 320
    # The promise is 2 seconds; the machine that runs tests is busy with others.
    assert found["webhook_p99_ms"] < 5000
    assert found["failing"] >= 4  # the others hang still
    for one in found["whole"]:
        body = one["body"].encode()
        event = Webhook(found["secrets"][one["path"]]).verify(body, one["headers"])
        assert event["id"] == one["headers"]["webhook-id"]
        assert from_http_event(HTTPMessage(one["headers"], body)).get_data() == json.loads(body)["data"]
