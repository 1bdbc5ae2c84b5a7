// Reads all public events over NATS: node read.mjs nats://127.0.0.1:4222 example.nk
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { jetstream } from "@nats-io/jetstream";
import { connect, nkeyAuthenticator, wsconnect } from "@nats-io/transport-node";

const [servers, key] = process.argv.slice(2);
const open = servers.startsWith("ws") ? wsconnect : connect; // by WebSocket it needs Node 22
const TABLE = "state.json"; // yours is a database
const table = existsSync(TABLE) ? JSON.parse(readFileSync(TABLE, "utf8")) : {};

function take(type, subject, revision, event) {
  const thing = `${type.slice(0, type.lastIndexOf("_"))}/${subject}`; // such as latu.survey.insight/…
  const known = table[thing] ?? { revision: 0, changes: 0 };
  if (revision <= known.revision) return; // it is a repeat, or late
  const gone = /_(retracted|withdrawn)\./.test(type);
  table[thing] = { revision, changes: known.changes + 1, gone, event: gone ? null : event };
  console.log(thing, revision, gone ? "gone" : "");
}

const authenticator = nkeyAuthenticator(new TextEncoder().encode(readFileSync(key, "utf8").trim()));
const client = await open({ servers, authenticator, maxReconnectAttempts: -1 });
const reader = await jetstream(client, { domain: "latu" }).consumers.get("PUBLIC", basename(key, ".nk"));
for await (const message of await reader.consume({ max_messages: 100 })) {
  const said = (name) => message.headers.get(`ce-${name}`);
  take(said("type"), said("subject"), Number(said("revision")), message.json());
  writeFileSync(TABLE, JSON.stringify(table)); // keep it first, then acknowledge
  message.ack();
}
