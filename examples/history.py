"""Reads all public events over HTTP, and what is new at the next run: python history.py http://127.0.0.1:8004"""

import json
import sys
from pathlib import Path
from urllib.request import urlopen

KEPT = Path("history.json")  # yours is a database
kept = json.loads(KEPT.read_text()) if KEPT.exists() else {"cursor": "beginning", "table": {}}
table = kept["table"]


def take(event: dict) -> None:
    kind, revision = event["type"], event["revision"]
    thing = f"{kind.rpartition('_')[0]}/{event['subject']}"  # such as latu.survey.insight/…
    known = table.get(thing, {"revision": 0, "changes": 0})
    if revision > known["revision"]:  # else it is a repeat, or late
        gone = "_retracted." in kind or "_withdrawn." in kind
        told = {"gone": gone, "event": None if gone else event["data"]}
        table[thing] = {"revision": revision, "changes": known["changes"] + 1, **told}


while True:
    with urlopen(f"{sys.argv[1]}/api/events?after={kept['cursor']}&limit=100") as answer:
        for event in json.load(answer):
            take(event)
        more = "Link" in answer.headers
        kept["cursor"] = answer.headers["Latu-Cursor"]
    KEPT.write_text(json.dumps(kept))
    if not more:
        break
print(len(table), "things, up to", kept["cursor"])
