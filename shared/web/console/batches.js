// @ts-check
/** Batches, newest first: how far each is, and what it has cost. */

import { h } from "../common/dom.js";
import { batchBadge, batchLink, countsOf, rowsOver } from "./batch.js";
import { costOf, quiet, when } from "./format.js";
import { more, moreButton, pagesOf } from "./pages.js";
import { batchPlace, ID, placeOf } from "./router.js";
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
    const empty = older ? "None among those that were looked at." : "No batches here yet.";
    return [
      chips(status, route.query.get("caller") ?? ""),
      searching(route.query.get("caller") ?? ""),
      may("readAll") ? null : quiet("You see your own batches: others need the role readAll."),
      table("Batches, newest first", COLUMNS, items, { key: (one) => one.id, empty, compact: true }),
      moreButton(older, "Show older ones"),
    ].filter((one) => one !== null);
  },

  actions: {
    more,
    async find({ route }, form) {
      const given = new FormData(/** @type {HTMLFormElement} */ (form));
      const [id, caller] = ["id", "caller"].map((name) => String(given.get(name) ?? "").trim());
      const status = route.query.get("status") ?? "";
      location.hash = ID.test(id.toUpperCase())
        ? batchPlace(id.toUpperCase())
        : placeOf("batches", { status, caller: caller || id });
    },
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

/** @param {string} caller */
function searching(caller) {
  const field = (/** @type {string} */ name, /** @type {string} */ label, /** @type {any} */ more) =>
    h(
      "label",
      { for: `find-${name}` },
      label,
      h("input", { id: `find-${name}`, name, autocomplete: "off", spellcheck: "false", ...more }),
    );
  return h(
    "form",
    { class: "filters", "data-action": "find", role: "search", "data-key": "filters" },
    field("id", "Batch", { placeholder: "Paste an id", value: "" }),
    may("readAll") ? field("caller", "Caller", { placeholder: "Everybody", value: caller, "data-begun": caller }) : null,
    h("button", {}, "Find"),
  );
}
