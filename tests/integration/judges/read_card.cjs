// What Microsoft's own reader of adaptive cards says of the card on standard input.
"use strict";

const { createRequire } = require("node:module");
// The package is made for browsers: its built file looks for their global object, and nothing else.
globalThis.self = globalThis;
const file = "adaptivecards/dist/adaptivecards.min.js";
const { AdaptiveCard, SerializationContext } = createRequire(`${process.argv[2]}/`)(file);

const text = require("node:fs").readFileSync(0, "utf8");
const card = new AdaptiveCard();
const context = new SerializationContext();
card.parse(JSON.parse(text), context);
const found = card.validateProperties().validationEvents.map((one) => one.message);
for (let k = 0; k < context.eventCount; k += 1) {
  found.push(context.getEventAt(k).message);
}
const shown = card.getAllInputs().map((one) => one.id);
process.stdout.write(JSON.stringify({ found, version: card.version.toString(), inputs: shown, elements: card.getItemCount() }));
