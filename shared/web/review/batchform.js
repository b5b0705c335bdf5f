// @ts-check
/** Where a verdict on a whole batch is made up and sent. */

import { h, setText } from "../common/dom.js";
import { plural } from "../common/words.js";
import { checklist, comment, who } from "./decide.js";
import { goTo, isSending, sendOnce, tell } from "./sending.js";

/** @typedef {import("./batch.js").BatchPage} BatchPage */
/** @typedef {{id: string, text: string, go?: () => void}} Gap */

/** @param {BatchPage} page */
export function form(page) {
  const all = (/** @type {import("./batch.js").Word} */ word) => () => page.markAll(word);
  return [
    h("h2", {}, "Your verdict on all rows"),
    h("div", { id: "gaps", tabindex: "-1", hidden: true }),
    h(
      "div",
      { class: "buttons" },
      h("button", { type: "button", id: "keep-all", onclick: all("approve") }, "Keep all"),
      h("button", { type: "button", id: "reject-all", onclick: all("reject") }, "Reject all"),
    ),
    checklist(page),
    comment(page),
    who(page),
    h(
      "div",
      { class: "send" },
      h("p", { class: "small", id: "summary" }),
      unshown(page),
      h("button", { class: "main", type: "button", id: "send", onclick: () => send(page) }),
    ),
  ];
}

/** @param {BatchPage} page */
function unshown(page) {
  const all = async (/** @type {any} */ event) => {
    const button = event.target;
    if (isSending(button)) return;
    button.setAttribute("aria-disabled", "true");
    await page.showAll();
    button.removeAttribute("aria-disabled");
  };
  return h(
    "div",
    { id: "unshown", class: "stack", hidden: true },
    h("p", { class: "small", id: "unshown-count" }),
    h(
      "div",
      { class: "buttons" },
      h("button", { type: "button", id: "show-next", onclick: () => page.showNext() }, "Show the next"),
      h("button", { type: "button", id: "show-all", onclick: all }, "Show all"),
    ),
  );
}

/** What would happen, with the rows that are not here yet. @param {BatchPage} page */
function counted(page) {
  const standing = page.standing();
  const dropped = standing.filter((one) => page.markOf(one).word === "reject");
  const [keptUnread, droppedUnread] = page.usual === "approve" ? [page.unread(), 0] : [0, page.unread()];
  return { kept: standing.length - dropped.length + keptUnread, rejected: dropped.length + droppedUnread, dropped };
}

/** How many have to be looked at before what is kept can be approved. @param {BatchPage} page */
function toShow(page) {
  const { kept } = counted(page);
  return kept ? page.unseen().length + page.unread() : 0;
}

/** After every change: what would happen now. @param {BatchPage} page */
export function refresh(page) {
  const [told, button, place] = ["summary", "send", "unshown"].map((id) => document.getElementById(id));
  if (!told || !button || !place) return;
  const { kept, rejected } = counted(page);
  const others = rejected ? ` and reject ${plural(rejected, "row")}` : "";
  setText(told, kept ? `Approve ${plural(kept, "row")}${others}.` : `Reject all ${plural(rejected, "row")}.`);
  if (!isSending(button)) setText(button, kept ? `Approve ${plural(kept, "row")}` : "Reject all rows");
  const count = toShow(page);
  place.hidden = !count;
  setText(place.children[0], unseenWords(count));
  const shown = document.getElementById("gaps");
  if (shown && !shown.hidden && shown.dataset.kind === "gaps") showGaps(page, false);
}

/** @param {number} count */
const unseenWords = (count) => `${plural(count, "row has", "rows have")} not been shown yet.`;

/** What is missing, and the field where it belongs. @param {BatchPage} page @returns {Gap[]} */
function gaps(page) {
  const { approval, reviewer } = page.batch;
  const needsName = !reviewer.personal && Boolean(approval?.reviewers.length);
  const approves = counted(page).kept > 0;
  const count = toShow(page);
  const unseen = `${unseenWords(count)} Look at ${count === 1 ? "it" : "them"} first, or reject ${count === 1 ? "it" : "them"}.`;
  const list = approves ? (approval?.checklist ?? []) : [];
  return [
    ...(needsName && !page.name() ? [{ id: "reviewer", text: "Say who you are: your mail address." }] : []),
    ...(count ? [{ id: "show-next", text: unseen, go: () => page.showNext() }] : []),
    ...list.flatMap((one, k) => (page.draft.ticks.has(one) ? [] : [{ id: `tick-${k}`, text: `Not ticked: ${one}` }])),
  ];
}

/** @param {BatchPage} page @param {boolean} focus @returns {boolean} whether anything is missing */
function showGaps(page, focus) {
  const found = gaps(page);
  const items = found.map(({ id, text, go = () => goTo(id) }) =>
    h("li", {}, h("button", { class: "plain", type: "button", onclick: go }, text)),
  );
  tell(found.length ? [h("strong", {}, "Before you can send it"), h("ul", {}, items)] : [], "gaps", focus);
  return found.length > 0;
}

/** @param {BatchPage} page */
async function send(page) {
  if (isSending(document.getElementById("send")) || showGaps(page, true)) return;
  const body = bodyOf(page);
  const sent = await sendOnce(page, () => page.say(body), () => page.recorded());
  if (!sent) await page.fresh();
}

/** The body of `POST /batches/{id}/decision`. @param {BatchPage} page */
function bodyOf(page) {
  const { kept, dropped } = counted(page);
  const word = kept ? "approve" : "reject";
  const comment = page.draft.comment.trim();
  const items = kept ? dropped : dropped.filter((one) => page.markOf(one).comment.trim());
  return {
    decision: word,
    ...(!page.batch.reviewer.personal && page.name() && { reviewer: page.name() }),
    ...(comment && { comment }),
    ...(kept && page.draft.ticks.size && { checklist: [...page.draft.ticks] }),
    ...(items.length && { items: items.map((one) => itemOf(page, one)) }),
  };
}

/** @param {BatchPage} page @param {import("./batch.js").Row} row */
function itemOf(page, row) {
  const comment = page.markOf(row).comment.trim();
  return { row: row.row, decision: "reject", ...(comment && { comment }) };
}
