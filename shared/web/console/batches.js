// @ts-check
/** Batches, newest first: how far each is, and what it has cost. */

import { h } from "../common/dom.js";
import { batchBadge, batchLink, countsOf, rowsOver } from "./batch.js";
import { find, searching } from "./finding.js";
import { costOf, quiet, when } from "./format.js";
import { more, moreButton, pagesOf } from "./pages.js";
import { placeOf } from "./router.js";
import { may } from "./session.js";
import { table } from "./table.js";
import { BATCHES } from "./words.js";

const A_PAGE = 20;

/** @type {import("./table.js").Column[]} */
const COLUMNS = [
  { head: "Batch", kind: "wide", cell: batchLink },
  { head: "State", cell: batchBadge },
  { head: "Accepted", cell: (one) => when(one.createdAt) },
  { head: "Caller", cell: (one) => one.caller },
  { head: "Finished", kind: "labelled", cell: rowsOver },
  { head: "Rows", kind: "wide", cell: ({ counts }) => countsOf(counts) },
  { head: "Cost", kind: "number", cell: (one) => costOf(one.cost) },
];

/** @type {import("./views.js").View} */
export const batches = {
  title: () => "Batches",

  load({ route, state }) {
    const query = new URLSearchParams({ limit: String(A_PAGE) });
    for (const name of ["status", "caller"]) {
      const value = route.query.get(name);
      if (value) query.set(name, value);
    }
    return pagesOf(`batches?${query}`, state.pages ?? 1);
  },

  draw({ items, more: older }, { route }) {
    const status = route.query.get("status") ?? "";
    const caller = route.query.get("caller") ?? "";
    const empty = older ? "None among those that were looked at." : "No batches here yet.";
    return [
      chips(status, caller),
      searching("Batch", caller),
      may("readAll") ? null : quiet("You see your own batches: others need the role readAll."),
      table("Batches, newest first", COLUMNS, items, { key: (one) => one.id, empty, compact: true }),
      moreButton(older, "Show older ones"),
    ].filter((one) => one !== null);
  },

  actions: {
    more,
    find: async ({ route }, form) => find(route, form),
  },

  refusal: ({ status }) => (status === 400 ? "There is no such state, or no caller can have that name." : undefined),
};

/** @param {string} chosen @param {string} caller */
function chips(chosen, caller) {
  const chip = (/** @type {string} */ status, /** @type {string} */ label) =>
    h(
      "a",
      {
        ...{ class: "chip", href: placeOf("batches", { status, caller }), "data-key": `chip-${status}` },
        "aria-current": status === chosen ? "true" : null,
        "data-tone": BATCHES[status]?.[1] || null,
      },
      label,
    );
  const states = Object.entries(BATCHES).map(([status, [label]]) => chip(status, label));
  return h("nav", { class: "chips", "aria-label": "Batches by state", "data-key": "chips" }, chip("", "All"), states);
}
