// @ts-check
/** Single keys that do what the mouse does. */

import { setWord } from "./cards.js";
import { showKeys } from "./dialogs.js";
import { asked } from "./view.js";

/** @typedef {import("./page.js").Page} Page */

const WORDS = /** @type {Record<string, string>} */ ({ a: "approve", r: "reject", v: "revise" });

/** @param {Page} page @param {string} key @returns {boolean} whether it meant something */
export function keyed(page, key) {
  if (key === "?") return done(() => showKeys(page));
  if (key === "n") return next(page);
  if (key === "d") return done(focusDecide);
  if (!page.view?.stage) return false;
  if (key === "A") return done(() => asked(page.view).forEach((one) => setWord(one.index, "approve")));
  if (key === "j") return step(1);
  if (key === "k") return step(-1);
  return ofOne(page, key);
}

/** @param {...(() => void)} acts */
function done(...acts) {
  acts.forEach((one) => one());
  return true;
}

function focusDecide() {
  const first = document.querySelector("#decide :is(button, input, textarea)");
  first?.scrollIntoView({ block: "center" });
  if (first instanceof HTMLElement) first.focus();
}

/** @param {Page} page */
function next(page) {
  const item = page.nextItem();
  if (item) page.open(item.token);
  return Boolean(item);
}

function shots() {
  return /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".shot")]);
}

/** The image that has the focus, else the only one. */
function here() {
  const all = shots();
  const held = all.find((one) => one.contains(document.activeElement));
  return held ?? (all.length === 1 ? all[0] : null);
}

/** @param {number} by */
function step(by) {
  const all = shots();
  if (!all.length) return false;
  const at = all.findIndex((one) => one.contains(document.activeElement));
  const to = at < 0 ? (by > 0 ? 0 : all.length - 1) : (at + by + all.length) % all.length;
  all[to].focus();
  all[to].scrollIntoView({ block: "nearest" });
  return true;
}

/** @param {Page} page @param {string} key */
function ofOne(page, key) {
  const card = here();
  if (!card) return false;
  if (key === "z") return done(() => page.zoom(shots().indexOf(card)));
  const word = WORDS[key];
  const index = Number(card.dataset.index);
  if (!word || !setWord(index, word)) return false;
  if (word === "revise") document.getElementById(`words-${index}`)?.focus();
  return true;
}
