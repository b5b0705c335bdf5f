// @ts-check
/** The list of requests, newest first. */

import { h } from "../common/dom.js";
import { find, searching } from "./finding.js";
import { costOf, named, quiet, statusBadge, when } from "./format.js";
import { counts } from "./overview.js";
import { more, moreButton, pagesOf } from "./pages.js";
import { placeOf } from "./router.js";
import { may } from "./session.js";
import { table } from "./table.js";
import { STATES, waitsFor } from "./words.js";

const A_PAGE = 20;

/** @param {any} one */
const work = ({ options, inputs }) => [
  `${options.model} `,
  h("span", { class: "under quiet small" }, `${options.size} × ${options.n}${inputs.length ? ", edit" : ""}`),
];

/** @type {import("./table.js").Column[]} */
const COLUMNS = [
  { head: "Request", kind: "wide", cell: named },
  { head: "State", cell: (one) => statusBadge(one.status) },
  { head: "Accepted", cell: (one) => when(one.createdAt) },
  { head: "Caller", cell: (one) => one.caller },
  { head: "Work", kind: "nowrap", cell: work },
  { head: "Cost", kind: "number", cell: (one) => costOf(one.cost) },
  { head: "Waits for", kind: "wide", cell: waitsFor },
];

/** @type {import("./views.js").View} */
export const requests = {
  title: () => "Requests",

  load({ route, state }) {
    const query = new URLSearchParams({ limit: String(A_PAGE) });
    for (const name of ["status", "caller"]) {
      const value = route.query.get(name);
      if (value) query.set(name, value);
    }
    return pagesOf(`images?${query}`, state.pages ?? 1);
  },

  draw({ items, more: older }, { route }) {
    const status = route.query.get("status") ?? "";
    const caller = route.query.get("caller") ?? "";
    const empty = older ? "None among those that were looked at." : "No requests here yet.";
    return [
      chips(status, caller),
      searching("Request", caller),
      may("readAll") ? null : quiet("You see your own requests: others need the role readAll."),
      table("Requests, newest first", COLUMNS, items, { key: (one) => one.id, empty, compact: true }),
      moreButton(older, "Show older ones"),
    ].filter(Boolean);
  },

  actions: {
    more,
    find: async ({ route }, form) => find(route, form),
  },

  refusal: ({ status }) => (status === 400 ? "There is no such state, or no caller can have that name." : undefined),
};

/** @param {string} chosen @param {string} caller */
function chips(chosen, caller) {
  const shown = Object.keys(STATES).filter((one) => counts.byStatus.get(one) || one === chosen);
  return h(
    "nav",
    { class: "chips", "aria-label": "Requests by state", "data-key": "chips" },
    chip("", "All", counts.all, chosen, caller),
    shown.map((one) => chip(one, STATES[one][0], counts.byStatus.get(one) ?? 0, chosen, caller)),
    counts.older && !caller ? h("span", { class: "quiet small", "data-key": "about" }, `of the newest ${counts.all}`) : null,
  );
}

/**
 * @param {string} status "" for all of them
 * @param {string} label
 * @param {number | null} count
 * @param {string} chosen
 * @param {string} caller
 */
function chip(status, label, count, chosen, caller) {
  const tone = status ? STATES[status][1] : "";
  const current = status === chosen ? "true" : null;
  const href = placeOf("requests", { status, caller });
  return h(
    "a",
    { class: "chip", href, "aria-current": current, "data-key": `chip-${status}`, "data-tone": tone || null },
    label,
    // What was counted is everybody's.
    count === null || caller ? null : h("span", { class: "count" }, String(count)),
  );
}
