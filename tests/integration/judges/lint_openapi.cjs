// What Redocly's recommended rules say of the documents that are named; packages as first argument.
"use strict";

const { createRequire } = require("node:module");
const [, , packages, configuration, ...documents] = process.argv;
const { createConfig, lint } = createRequire(`${packages}/`)("@redocly/openapi-core");

async function main() {
  const config = await createConfig(configuration);
  const found = [];
  for (const ref of documents) {
    for (const one of await lint({ ref, config })) {
      const where = one.location.map((place) => place.pointer).join(" ");
      found.push({ document: ref, rule: one.ruleId, severity: one.severity, says: one.message, where });
    }
  }
  process.stdout.write(JSON.stringify(found));
}

main();
