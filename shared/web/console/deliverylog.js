// @ts-check
/** A request's own deliveries, from its log: one row for each event and receiver. */

import { h } from "../common/dom.js";
import { badgeOf, quiet, when } from "./format.js";
import { table } from "./table.js";
import { DELIVERIES } from "./words.js";

/** @type {import("./table.js").Column[]} */
const COLUMNS = [
  { head: "Event of", cell: ({ seq, fact }) => [`${seq} `, quiet(fact)] },
  { head: "To", cell: ({ sink }) => sink },
  { head: "State", cell: ({ outcome }) => badgeOf(DELIVERIES, outcome) },
  { head: "Attempts", kind: "number", cell: ({ attempt }) => attempt },
  { head: "Answer", kind: "number", cell: ({ status }) => status ?? quiet("–") },
  { head: "Last", cell: ({ at }) => when(at) },
  { head: "Next", cell: ({ nextAt }) => when(nextAt) },
];

/** @param {any[]} lines @param {any[]} facts */
export function sent(lines, facts) {
  const latest = new Map();
  for (const line of lines) latest.set(`${line.seq} ${line.sink}`, line);
  const rows = [...latest.values()].map((line) => ({ ...line, fact: facts[line.seq - 1]?.type ?? "" }));
  rows.sort((one, other) => one.seq - other.seq || one.sink.localeCompare(other.sink));
  return h(
    "div",
    {},
    table("Deliveries of this request's events", COLUMNS, rows, {
      key: ({ seq, sink }) => `${seq} ${sink}`,
      empty: "Nobody was told of anything yet: no callback asked for it.",
    }),
  );
}
