// Sends a practice over NATS, and reads the answers: node send.mjs nats://127.0.0.1:4222 example.nk
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { jetstream } from "@nats-io/jetstream";
import { connect, headers, nkeyAuthenticator, wsconnect } from "@nats-io/transport-node";

const [servers, key] = process.argv.slice(2);
const open = servers.startsWith("ws") ? wsconnect : connect; // by WebSocket it needs Node 22
const [partner, now] = [basename(key, ".nk"), new Date()];
const practice = {
  key: "weeks-together", revision: Math.floor(now / 60_000), occurred_at: now.toISOString(),
  title: { en: "Weeks in the north are planned together" },
  description: { en: "Each spring the team agrees on the weeks in which everybody works from Lapland." },
  topic: "organising_work", source: "Our own workplace",
};
const said = headers();
for (const [name, value] of Object.entries({
  specversion: "1.0", id: `${practice.key}-${practice.revision}`, source: `/${partner}`,
  type: "latu.partner.practice.v1", subject: practice.key, revision: String(practice.revision),
})) said.set(`ce-${name}`, value);

const authenticator = nkeyAuthenticator(new TextEncoder().encode(readFileSync(key, "utf8").trim()));
const client = await open({ servers, authenticator });
const order = `latu.partner.${partner}.practice`;
const receipt = await client.request(order, JSON.stringify(practice), { headers: said, timeout: 5000 });
console.log("kept:", receipt.string());
const reader = await jetstream(client, { domain: "latu" }).consumers.get("ANSWERS", partner);
for await (const message of await reader.fetch({ max_messages: 100, expires: 5000 })) { // staff may take days
  console.log(message.headers.get("ce-type"), message.string());
  message.ack();
}
await client.drain();
