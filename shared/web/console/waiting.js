// @ts-check
/** What waits for whom and since when, the oldest deadline first. */

import { h } from "../common/dom.js";
import { named, relative, statusBadge } from "./format.js";
import { more, moreButton, pagesOf } from "./pages.js";
import { reviewPage } from "./router.js";
import { learnScopes, ofWhole, wholeLink } from "./scopes.js";
import { may } from "./session.js";
import { table } from "./table.js";
import { attentionWords, waitsFor } from "./words.js";

const STATUSES = ["awaitingApproval", "needsAttention", "queued"];
const NEVER = "9999";

/** @param {any} one @returns {{since: string, deadline: string | null}} */
function times({ status, approval, attention, updatedAt }) {
  if (status === "needsAttention") return attention;
  if (status === "awaitingApproval") return { since: approval.askedAt, deadline: approval.deadline };
  return { since: updatedAt, deadline: null };
}

/** @param {any} one */
function what({ status, approval, attention, options }) {
  if (status === "awaitingApproval" && approval) {
    const notes = [approval.phase === "before" ? "before generation" : "", approval.escalated ? "escalated" : ""];
    return `stage ${[approval.stage, ...notes.filter(Boolean)].join(", ")}`;
  }
  return status === "needsAttention" ? attentionWords(attention.code)[0] : options.model;
}

/** For whoever may decide with the key that is kept in this tab. @param {any} one */
function review(one) {
  const { id, status } = one;
  if (!may("decide") || status !== "awaitingApproval") return null;
  if (ofWhole(one)) return h("span", { class: "small" }, "Decided ", wholeLink(one));
  return h("a", { class: "button", href: reviewPage(id), "aria-label": `Review ${id}` }, "Review");
}

/** @type {import("./table.js").Column[]} */
const COLUMNS = [
  { head: "Request", kind: "wide", cell: named },
  { head: "Waits for", kind: "wide", cell: (one) => [waitsFor(one), h("span", { class: "under quiet small" }, " ", what(one))] },
  { head: "State", cell: (one) => statusBadge(one.status) },
  { head: "Since", kind: "labelled", cell: (one) => relative(times(one).since) },
  { head: "Deadline", kind: "labelled", cell: (one) => relative(times(one).deadline) },
  { head: "Caller", cell: (one) => one.caller },
  { head: "Review", kind: "acts", cell: review },
];

/** @type {import("./views.js").View} */
export const waiting = {
  title: () => "Waiting",

  async load({ state }) {
    const paths = STATUSES.map((status) => `images?status=${status}&limit=100`);
    const lists = await Promise.all(paths.map((path) => pagesOf(path, state.pages ?? 1)));
    const items = lists.flatMap((one) => one.items);
    await learnScopes(items);
    items.sort((one, other) => order(one).localeCompare(order(other)));
    return { items, more: lists.some((one) => one.more) };
  },

  draw: ({ items, more: older }) =>
    [
      table("What waits, the oldest deadline first", COLUMNS, items, {
        key: (one) => one.id,
        compact: true,
        empty: older ? "None among those that were looked at." : "Nothing waits.",
      }),
      moreButton(older, "Look further back"),
    ].filter((one) => one !== null),

  actions: { more },
};

/** @param {any} one */
const order = (one) => `${times(one).deadline ?? NEVER} ${times(one).since}`;
