// @ts-check
/** Where a verdict on a whole batch is made up and sent. */

import { fill, h, setText } from "../common/dom.js";
import { announce } from "../common/live.js";
import { plural } from "../common/words.js";
import { checklist, comment, who } from "./decide.js";
import { problem } from "./problems.js";

/** @typedef {import("./batch.js").BatchPage} BatchPage */

/** @param {BatchPage} page */
export function form(page) {
  return [
    h("h2", {}, "Your verdict on all rows"),
    h("div", { id: "gaps", tabindex: "-1", hidden: true }),
    checklist(page),
    comment(page),
    who(page),
    h(
      "div",
      { class: "send" },
      h("p", { class: "small", id: "summary" }),
      h("button", { class: "main", type: "button", id: "send", onclick: () => send(page, "approve") }),
      h("button", { type: "button", id: "reject-all", onclick: () => send(page, "reject") }, "Reject all rows"),
    ),
  ];
}

/** @param {BatchPage} page */
function counted(page) {
  const standing = page.standing();
  const dropped = standing.filter((one) => page.markOf(one).word === "reject");
  return { kept: standing.length - dropped.length, dropped };
}

/** After every change: what would happen now. @param {BatchPage} page */
export function refresh(page) {
  const [told, button] = [document.getElementById("summary"), document.getElementById("send")];
  const { kept, dropped } = counted(page);
  const others = dropped.length ? ` and reject ${plural(dropped.length, "row")}` : "";
  if (told) setText(told, kept ? `Approve ${plural(kept, "row")}${others}.` : `Reject all ${plural(dropped.length, "row")}.`);
  if (button) setText(button, kept ? `Approve ${plural(kept, "row")}` : "Reject all");
}

/** What is missing, and the field where it belongs. @param {BatchPage} page @param {"approve" | "reject"} word */
export function gaps(page, word = "approve") {
  const { approval, reviewer } = page.batch;
  const needsName = !reviewer.personal && Boolean(approval?.reviewers.length);
  const unseen = word === "approve" && !page.complete();
  const list = word === "approve" ? (approval?.checklist ?? []) : [];
  return [
    ...(needsName && !page.name() ? [{ id: "reviewer", text: "Say who you are: your mail address." }] : []),
    ...(unseen ? [{ id: "more", text: "Look at all rows first: there are more to show." }] : []),
    ...list.flatMap((one, k) => (page.draft.ticks.has(one) ? [] : [{ id: `tick-${k}`, text: `Not ticked: ${one}` }])),
  ];
}

/** @param {BatchPage} page @param {"approve" | "reject"} wanted */
async function send(page, wanted) {
  const { kept, dropped } = counted(page);
  const word = kept ? wanted : "reject";
  const missing = gaps(page, word);
  if (missing.length) return tell("Before you can send it", missing);
  const comment = page.draft.comment.trim();
  const items = word === "approve" ? dropped : dropped.filter((one) => page.markOf(one).comment.trim());
  const answer = await page.say({
    decision: word,
    ...(!page.batch.reviewer.personal && page.name() && { reviewer: page.name() }),
    ...(comment && { comment }),
    ...(word === "approve" && page.draft.ticks.size && { checklist: [...page.draft.ticks] }),
    ...(items.length && { items: items.map((one) => itemOf(page, one)) }),
  });
  if (answer.ok) return;
  const { title, text } = problem(answer);
  announce(`${title}. ${text}`);
  tell(title, [{ id: "send", text }]);
}

/** @param {BatchPage} page @param {import("./batch.js").Row} row */
function itemOf(page, row) {
  const comment = page.markOf(row).comment.trim();
  return { row: row.row, decision: "reject", ...(comment && { comment }) };
}

/** @param {string} title @param {{id: string, text: string}[]} found */
function tell(title, found) {
  const place = document.getElementById("gaps");
  if (!place) return;
  const go = (/** @type {string} */ id) => () => document.getElementById(id)?.focus();
  const items = found.map(({ id, text }) => h("li", {}, h("button", { class: "plain", type: "button", onclick: go(id) }, text)));
  fill(place, h("div", { class: "notice", "data-tone": "bad" }, h("strong", {}, title), h("ul", {}, items)));
  place.hidden = false;
  place.focus();
}
