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

/**
 * What one page holds is enough: the rest comes when these are done.
 *
 * @param {string} token
 * @returns {Promise<Item[] | null>} null when it could not be had
 */
export async function waiting(token) {
  const answer = await ask("reviews", { headers: { "x-review-token": token } });
  return answer.ok ? answer.body.items : null;
}

/**
 * Whether an item is the one that a link is for.
 *
 * @param {Item} item
 * @param {import("./view.js").Claims | null} claims
 */
export function isOf(item, claims) {
  const { name, round } = item.stage;
  return Boolean(claims && item.id === claims.id && name === claims.stage && round === claims.round);
}

// What differs in every answer, and shows nothing.
const PASSING = /^(token|thumbnailUrl)$/;
let drawn = "";

/** Only what looks different, so that nobody loses their place in it. @param {import("./page.js").Page} page */
export function drawInbox(page) {
  const { items, claims } = page;
  const text = JSON.stringify([items, claims], (key, value) => (PASSING.test(key) ? undefined : value));
  if (text === drawn) return;
  drawn = text;
  const button = byId("show-inbox");
  const nav = byId("inbox");
  button.hidden = items === null;
  if (items === null) return;
  const count = items.length ? `${items.length} waiting` : "Nothing waits";
  fill(button, icon("inbox"), count, h("span", { class: "unseen" }, " for you"));
  const rows = items.map((one) => row(one, isOf(one, claims), page));
  const title = h("h2", { id: "inbox-title" }, "Waits for you");
  const none = h("p", { class: "quiet small" }, "Nothing waits for you. You will be told when something does.");
  fill(nav, title, rows.length ? h("ol", {}, rows) : none);
}

/** @param {boolean} shown */
export function showList(shown) {
  byId("inbox").hidden = !shown;
  byId("show-inbox").setAttribute("aria-expanded", String(shown));
}

/** @param {Item} item @param {boolean} here @param {import("./page.js").Page} page */
function row(item, here, page) {
  const { phase, name, round } = item.stage;
  const what = phase === "before" ? "a prompt" : plural(item.images, "image");
  const place = round > 1 ? `${name}, round ${round}` : name;
  const text = h(
    "span",
    { class: "item-text" },
    h("strong", { class: "break", dir: "auto" }, titleOf(item)),
    h("span", { class: "small quiet break" }, `${what} · ${place}`),
    h("span", { class: "small", title: moment(item.deadline) }, "due ", due(item, page.nowMs())),
  );
  const newest = () => page.items?.find((one) => isSame(one, item)) ?? item;
  const onclick = () => page.open(newest().token);
  const about = { type: "button", class: "item", "aria-current": here ? "page" : null, onclick };
  return h("li", {}, h("button", about, thumb(item, newest), text));
}

/** @param {Item} item @param {number} nowMs */
const due = ({ deadline }, nowMs) => h("span", { "data-from-now": deadline }, fromNow(deadline, nowMs));

/** @param {Item} one @param {Item} other */
const isSame = (one, other) => one.id === other.id && one.stage.name === other.stage.name && one.stage.round === other.stage.round;

/** @param {Item} item */
export function titleOf(item) {
  return item.purpose || `Request ${item.id.slice(-6)}`;
}

/** @param {Item} item @param {() => Item} newest whose link still holds */
function thumb({ thumbnailUrl }, newest) {
  if (!thumbnailUrl) return h("span", { class: "thumb" }, icon("pencil"));
  const image = h("img", { class: "thumb", alt: "", loading: "lazy", src: beside(thumbnailUrl) });
  image.addEventListener("error", () => {
    const src = beside(newest().thumbnailUrl ?? "");
    if (src && src !== image.getAttribute("src")) image.src = src;
  });
  return image;
}
