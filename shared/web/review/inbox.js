// @ts-check
/** What waits for the holder of a personal link, the most urgent first. */

import { ask, beside } from "../common/api.js";
import { byId, fill, h, icon } from "../common/dom.js";
import { fromNow, moment, plural } from "../common/words.js";

/**
 * @typedef {{id: string, stage: {phase: string, name: string, round: number}, deadline: string,
 *   requestedBy: string | null, caller: string, purpose: string | null, images: number,
 *   thumbnailUrl: string | null, token: string}} Item
 */

/** What one page holds is enough: the rest comes when these are done. @param {string} token @returns {Promise<Item[] | null>} null when it could not be had */
export async function waiting(token) {
  const answer = await ask("reviews", { headers: { "x-review-token": token } });
  return answer.ok ? answer.body.items : null;
}

/** Whether an item is the one that a link is for. @param {Item} item @param {import("./view.js").Claims | null} claims */
export function isOf(item, claims) {
  const { name, round } = item.stage;
  return Boolean(claims && item.id === claims.id && name === claims.stage && round === claims.round);
}

/** @param {import("./review.js").Page} page */
export function drawInbox(page) {
  const { items, claims } = page;
  const button = byId("show-inbox");
  const nav = byId("inbox");
  button.hidden = items === null;
  if (items === null) return;
  fill(button, icon("inbox"), items.length ? `${items.length} waiting` : "Nothing waits", h("span", { class: "unseen" }, " for you"));
  const rows = items.map((one) => row(one, isOf(one, claims), page));
  const title = h("h2", { id: "inbox-title" }, "Waits for you");
  fill(nav, title, rows.length ? h("ol", {}, rows) : h("p", { class: "quiet small" }, "Nothing waits for you. You will be told when something does."));
}

/** @param {Item} item @param {boolean} here @param {import("./review.js").Page} page */
function row(item, here, page) {
  const what = item.stage.phase === "before" ? "a prompt" : plural(item.images, "image");
  const title = item.purpose || `Request ${item.id.slice(-6)}`;
  return h(
    "li",
    {},
    h(
      "button",
      { type: "button", class: "item", "aria-current": here ? "page" : null, onclick: () => page.open(item.token) },
      item.thumbnailUrl ? h("img", { class: "thumb", alt: "", loading: "lazy", src: beside(item.thumbnailUrl) }) : h("span", { class: "thumb" }, icon("pencil")),
      h(
        "span",
        { class: "item-text" },
        h("strong", { class: "break" }, title),
        h("span", { class: "small quiet break" }, `${what} · ${item.stage.name}${item.stage.round > 1 ? `, round ${item.stage.round}` : ""}`),
        h("span", { class: "small", title: moment(item.deadline) }, `due ${fromNow(item.deadline, page.nowMs())}`),
      ),
    ),
  );
}
