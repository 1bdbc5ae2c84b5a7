// Receives webhooks: node webhook.mjs 8100 whsec_…
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { Webhook, WebhookVerificationError } from "standardwebhooks";

const [port, secret] = process.argv.slice(2);
const TABLE = "state.json"; // yours is a database
const table = existsSync(TABLE) ? JSON.parse(readFileSync(TABLE, "utf8")) : {};

function take({ type, subject, revision = 0, data }) { // a test (`latu webhook ping`) has no revision
  const thing = `${type.slice(0, type.lastIndexOf("_"))}/${subject}`; // such as latu.survey.insight/…
  const known = table[thing] ?? { revision: 0, changes: 0 };
  if (revision <= known.revision) return; // it is a repeat, or late
  const gone = /_(retracted|withdrawn)\./.test(type);
  table[thing] = { revision, changes: known.changes + 1, gone, event: gone ? null : data };
  writeFileSync(TABLE, JSON.stringify(table));
}

createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  try {
    take(new Webhook(secret).verify(Buffer.concat(parts).toString(), request.headers)); // as it came
    response.writeHead(204).end(); // after it was kept
  } catch (error) {
    response.writeHead(error instanceof WebhookVerificationError ? 401 : 500).end();
  }
}).listen(Number(port), "127.0.0.1");
