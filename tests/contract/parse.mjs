// Reads AsyncAPI documents from files with AsyncAPI's own parser: a line of JSON for each.
import { readFileSync } from "node:fs";
import parser from "@asyncapi/parser";

for (const path of process.argv.slice(2)) {
  const { document, diagnostics } = await new parser.Parser().parse(readFileSync(path, "utf8"));
  const found = diagnostics.map(({ severity, code, path, message }) => ({ severity, code, at: path.join("/"), message }));
  const messages = document ? document.messages().all().map((one) => one.name() ?? one.id()) : null;
  console.log(JSON.stringify({ messages, found }));
}
