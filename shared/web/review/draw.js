// @ts-check
/** Draws the page from what the app says, and only what looks different now. */

import { byId, fill, h } from "../common/dom.js";
import { clock, fromNow } from "../common/words.js";
import { cards } from "./cards.js";
import { form } from "./decide.js";
import { fillDetails, head, origin, prompt, spending } from "./details.js";
import { people } from "./people.js";
import { saying, statement } from "./recorded.js";
import { unasked, until } from "./sayings.js";
import { asked, givenTo, isSpending, mine } from "./view.js";

/** @typedef {import("./page.js").Page} Page */

// These change with every look, and show nothing.
const PASSING = /^(url|urlExpiresAt|now)$/;

/** @param {Page} page @param {Map<string, string>} drawn what each part looked like last */
export function draw(page, drawn) {
  const { view } = page;
  const { request } = view;
  if (!view.stage) return unaskedFor(page, drawn);
  const own = mine(view, page.own());
  const spoken = own || view.reviewer.answered || givenTo(view, page.name());
  const open = view.state === "open" && view.reviewer.mayDecide && !spoken;
  const standing = [view.state, view.stage, request.status, request.approval];
  const shots = asked(view).map((one) => [one.sha256, one.state]);
  const part = partsOf(drawn);
  document.title = `${request.purpose || "Review"} · Darkroom`;
  part("head", standing, (place) => fill(place, head(page)));
  part("look", [open, own?.images, view.stage, shots, view.prompt], (place) => {
    fill(place, ...[subject(page, open, own)].flat());
  });
  const said = open ? [view.stage] : [standing, own, view.reviewer, page.nextItem()?.id];
  part("decide", said, (place) => {
    fill(place, open ? form(page) : statement(page, own));
    place.dataset.open = String(open);
  });
  part("people", [standing, page.name()], (place) => fill(place, people(view, page.own())));
  part("details", [request.status, request.cost, view.rounds.length], (place) => fillDetails(place, page));
}

/** No stage was ever open. @param {Page} page @param {Map<string, string>} drawn */
function unaskedFor({ view }, drawn) {
  document.title = `${view.request.purpose || "Review"} · Darkroom`;
  const told = h("section", { class: "card stack" }, saying(unasked(view)));
  partsOf(drawn)("head", [view.state, view.request.status], (place) => {
    fill(place, h("h1", { class: "break", dir: "auto" }, view.request.purpose || "Review"), told);
  });
}

/**
 * Nobody loses a field they are writing in because something else has changed.
 *
 * @param {Map<string, string>} drawn
 */
export function partsOf(drawn) {
  return (/** @type {string} */ id, /** @type {any} */ data, /** @type {(place: any) => void} */ make) => {
    const text = JSON.stringify(data, (key, value) => (PASSING.test(key) ? undefined : value));
    if (drawn.get(id) === text) return;
    drawn.set(id, text);
    const place = byId(id);
    make(place);
    place.hidden = !place.childElementCount;
  };
}

/** @param {Page} page @param {boolean} open @param {import("./view.js").Decision | null} own */
function subject(page, open, own) {
  const { view } = page;
  const gone = h("p", { class: "card" }, "The prompt is not kept any more.");
  if (isSpending(view)) return [spending(page), prompt(page)];
  if (view.stage.phase === "before") return prompt(page) ?? gone;
  return asked(view).length ? [origin(page), cards(page, open, own)] : null;
}

/** Times go on. @param {number} nowMs @returns {boolean} whether a count-down has ended */
export function tick(nowMs) {
  each("data-from-now", (instant) => fromNow(instant, nowMs));
  each("data-until", (instant) => `(${until(instant, nowMs)})`);
  return each("data-countdown", (instant) => clock(Date.parse(instant) - nowMs)).includes("0:00");
}

/** @param {string} name @param {(instant: string) => string} text */
function each(name, text) {
  return [...document.querySelectorAll(`[${name}]`)].map((one) => {
    const told = text(one.getAttribute(name) ?? "");
    if (one.textContent !== told) one.textContent = told;
    return told;
  });
}
