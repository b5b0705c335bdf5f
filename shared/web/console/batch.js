// @ts-check
/** One batch: how far it is, its rows with their requests, and cancelling it. */

import { h } from "../common/dom.js";
import { plural } from "../common/words.js";
import { asked } from "./asking.js";
import { badgeOf, costOf, factsOf, idLink, quiet, when } from "./format.js";
import { more, moreButton, pagesOf } from "./pages.js";
import { batchPlace, placeOf } from "./router.js";
import { may, post } from "./session.js";
import { say } from "./shell.js";
import { table } from "./table.js";
import { BATCHES, FINAL, ROWS } from "./words.js";

const A_PAGE = 50;
// Of a row that will never be a request.
const REFUSED = "refused";

/** What it is called, and its id. @param {any} batch */
export const batchLink = ({ id, name }) => [
  h("a", { class: "mono id", href: batchPlace(id) }, id),
  name ? h("span", { class: "under quiet small", dir: "auto" }, name) : null,
];

/** @param {any} batch */
export function batchBadge({ status, completedAt }) {
  const ending = status === "cancelled" && !completedAt;
  return [badgeOf(BATCHES, status), ending ? h("span", { class: "under quiet small" }, "calls under way end first") : null];
}

/** @param {{counts: Record<string, number>, rows: number}} batch */
export function rowsOver({ counts, rows }) {
  const over = Object.entries(counts).filter(([status]) => FINAL.has(status) || status === REFUSED);
  return `${over.reduce((sum, [, count]) => sum + count, 0)} of ${rows}`;
}

/** "2 approved, 1 failed", in the order in which rows go. @param {Record<string, number>} counts */
export function countsOf(counts) {
  const known = Object.keys(ROWS).filter((status) => counts[status]);
  return known.map((status) => `${counts[status]} ${ROWS[status][0].toLowerCase()}`).join(", ");
}

/** @type {import("./table.js").Column[]} */
const COLUMNS = [
  { head: "Row", kind: "nowrap", cell: ({ row }) => `Row ${row + 1}` },
  { head: "Request", kind: "wide", cell: ({ id }) => (id ? idLink(id) : quiet("none")) },
  { head: "State", cell: ({ status }) => badgeOf(ROWS, status) },
  { head: "Why", cell: ({ code }) => code && h("code", {}, code) },
];

/** @type {import("./views.js").View} */
export const batch = {
  title: ({ id }) => `Batch ${id.slice(0, 26)}`,
  // Each look asks every request of the rows that are shown and not over.
  everyMs: 10_000,

  load({ route, state }) {
    const query = new URLSearchParams({ detail: "status", limit: String(A_PAGE) });
    const status = route.query.get("status");
    if (status) query.set("status", status);
    return pagesOf(`batches/${encodeURIComponent(route.id)}?${query}`, state.pages ?? 1);
  },

  draw({ first, items, more: older }, { route }) {
    const status = route.query.get("status") ?? "";
    return [
      standing(first),
      h("section", { class: "card", "data-key": "about" }, h("h2", {}, "About"), about(first)),
      chips(first, status),
      table("Rows, in their order", COLUMNS, items, {
        key: ({ row }) => String(row),
        empty: "No row is so.",
        compact: true,
      }),
      moreButton(older, "Show more rows"),
    ].filter((one) => one !== null);
  },

  actions: {
    more,
    async cancel({ route, refresh }) {
      const text =
        "Rows that are no requests yet never become any, and the others are cancelled. " +
        "A call that is under way is let end first; it may have cost money.";
      if (!(await asked({ title: "Cancel this batch?", text, act: "Cancel the batch", danger: true }))) return;
      await post(`batches/${route.id}/cancel`);
      await refresh();
      say("The batch is cancelled; its rows end one after the other.");
    },
  },

  refusal: ({ status }) => (status === 404 ? "There is no such batch, or it is not yours to see." : undefined),
};

/** @param {any} one */
function standing(one) {
  const cancel = { type: "button", class: "danger", "data-action": "cancel", "data-key": "cancel" };
  const runs = one.status === "running";
  return h(
    "div",
    { class: "standing", "data-key": "standing" },
    h("p", {}, batchBadge(one), " ", quiet(`${rowsOver(one)} rows have finished`)),
    h(
      "div",
      { class: "buttons" },
      may("submit") && runs ? h("button", cancel, "Cancel") : null,
      may("submit") || !runs ? null : h("p", { class: "quiet small" }, "To cancel a key needs the role submit."),
    ),
  );
}

/** @param {any} one */
const about = (one) =>
  factsOf([
    ["Name", one.name],
    ["Caller", one.caller],
    ["Rows", plural(one.rows, "row")],
    ["Accepted", when(one.createdAt)],
    ["Finished", one.completedAt && when(one.completedAt)],
    ["Cost of finished rows", costOf(one.cost)],
  ]);

/** @param {any} one @param {string} chosen */
function chips({ id, rows, counts }, chosen) {
  const chip = (/** @type {string} */ status, /** @type {string} */ label, /** @type {number} */ count) =>
    h(
      "a",
      {
        ...{ class: "chip", href: placeOf(`batches/${id}`, { status }), "data-key": `chip-${status}` },
        "aria-current": status === chosen ? "true" : null,
        "data-tone": ROWS[status]?.[1] || null,
      },
      label,
      h("span", { class: "count" }, String(count)),
    );
  const shown = Object.keys(ROWS).filter((status) => counts[status] || status === chosen);
  return h(
    "nav",
    { class: "chips", "aria-label": "Rows by state", "data-key": "chips" },
    chip("", "All rows", rows),
    shown.map((status) => chip(status, ROWS[status][0], counts[status] ?? 0)),
  );
}
