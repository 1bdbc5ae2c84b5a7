"""Receives webhooks: python webhook.py 8100 whsec_…"""

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from standardwebhooks.webhooks import Webhook, WebhookVerificationError  # pip install standardwebhooks

PORT, SECRET = int(sys.argv[1]), sys.argv[2]
TABLE = Path("state.json")  # yours is a database
table = json.loads(TABLE.read_text()) if TABLE.exists() else {}


def take(event: dict) -> None:
    kind, revision = event["type"], event.get("revision", 0)  # a test (`latu webhook ping`) has none
    thing = f"{kind.rpartition('_')[0]}/{event['subject']}"  # such as latu.survey.insight/…
    known = table.get(thing, {"revision": 0, "changes": 0})
    if revision > known["revision"]:  # else it is a repeat, or late
        gone = "_retracted." in kind or "_withdrawn." in kind
        kept = {"gone": gone, "event": None if gone else event["data"]}
        table[thing] = {"revision": revision, "changes": known["changes"] + 1, **kept}
        TABLE.write_text(json.dumps(table))


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            take(Webhook(SECRET).verify(body, dict(self.headers)))  # the body as it came
            self.send_response(204)  # after it was kept
        except WebhookVerificationError:
            self.send_response(401)
        self.end_headers()


HTTPServer(("127.0.0.1", PORT), Receiver).serve_forever()
