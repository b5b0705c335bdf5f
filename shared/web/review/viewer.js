// @ts-check
/** One image, large: fit or real size, moved about, and held against what it came from. */

import { fill, h, icon, showDialog } from "../common/dom.js";
import { altOf } from "./cards.js";
import { show } from "./pictures.js";
import { asked, before, imagesMade } from "./view.js";

/**
 * @typedef {import("./pictures.js").Record_} Record_
 * @typedef {{title: string, alt: string, label: string, record: Record_,
 *   before: {label: string, record: Record_} | null}} Item
 */

/**
 * The images that are decided about, each with what it came from.
 *
 * @param {import("./view.js").View} view
 * @returns {Item[]}
 */
export function itemsOf(view) {
  const shots = asked(view);
  const found = before(view, view.stage.round);
  return shots.map((shot) => ({
    title: `Image ${shot.index + 1} of ${imagesMade(view)}`,
    alt: altOf(shot, shot.index + 1, imagesMade(view)),
    label: shot.label,
    record: shot,
    before: found && { label: found.label, record: found.shot },
  }));
}

/** @param {HTMLDialogElement} dialog @param {import("./pictures.js").Pictures} pictures */
export function makeViewer(dialog, pictures) {
  const state = { items: /** @type {Item[]} */ ([]), at: 0, real: false, compared: false };
  const draw = () => fill(dialog, bar(state, draw, dialog), stage(state, pictures));
  const go = (/** @type {number} */ step) => {
    state.at = (state.at + step + state.items.length) % state.items.length;
    state.compared &&= Boolean(state.items[state.at].before);
    redraw();
  };
  const redraw = () => {
    const held = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset.does;
    draw();
    const again = held && dialog.querySelector(`[data-does="${held}"]`);
    const target = again || dialog.querySelector(".stage");
    if (target instanceof HTMLElement) target.focus();
  };
  Object.assign(state, { go, redraw });
  dialog.addEventListener("keydown", (event) => keyed(event, state, go, redraw));
  return {
    /** @param {Item[]} items @param {number} at */
    open(items, at) {
      Object.assign(state, { items, at, real: false, compared: false });
      draw();
      showDialog(dialog);
      /** @type {HTMLElement} */ (dialog.querySelector(".stage")).focus();
    },
  };
}

/** @param {KeyboardEvent} event @param {any} state @param {(step: number) => void} go @param {() => void} redraw */
function keyed(event, state, go, redraw) {
  const sliding = event.target instanceof HTMLInputElement;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "z") toggle(state, "real", redraw);
  else if (event.key === "c" && state.items[state.at].before) toggle(state, "compared", redraw);
  else if (event.key === "ArrowRight" && !state.real && !sliding) go(1);
  else if (event.key === "ArrowLeft" && !state.real && !sliding) go(-1);
  else return;
  event.preventDefault();
}

/** @param {any} state @param {"real" | "compared"} name @param {() => void} redraw */
function toggle(state, name, redraw) {
  state[name] = !state[name];
  redraw();
}

/** @param {any} state @param {() => void} draw @param {HTMLDialogElement} dialog */
function bar(state, draw, dialog) {
  const item = /** @type {Item} */ (state.items[state.at]);
  const many = state.items.length > 1;
  const switched = (/** @type {"real" | "compared"} */ name) => () => toggle(state, name, state.redraw);
  return h(
    "header",
    { class: "viewer-bar" },
    h("h2", { "aria-live": "polite" }, item.title, h("span", { class: "badge" }, item.label)),
    h(
      "div",
      { class: "buttons" },
      item.before && press("compare", "Before / after", "compare", state.compared, switched("compared")),
      press("zoom", "Real size", "zoom", state.real, switched("real")),
      many && push("left", "Previous image", "left", () => state.go(-1)),
      many && push("right", "Next image", "right", () => state.go(1)),
      push("close", "Close", "cross", () => dialog.close()),
    ),
  );
}

/** @param {string} does @param {string} text @param {any} sign @param {boolean} on @param {() => void} onclick */
function press(does, text, sign, on, onclick) {
  const data = { "data-does": does, "aria-pressed": String(on) };
  return h("button", { type: "button", onclick, ...data }, icon(sign), text);
}

/** @param {string} does @param {string} text @param {any} sign @param {() => void} onclick */
function push(does, text, sign, onclick) {
  const data = { "data-does": does, "aria-label": text, title: text };
  return h("button", { type: "button", class: "only-icon", onclick, ...data }, icon(sign));
}

/** @param {any} state @param {import("./pictures.js").Pictures} pictures */
function stage(state, pictures) {
  const item = /** @type {Item} */ (state.items[state.at]);
  const compared = state.compared && item.before;
  const label = `${item.title}${state.real ? ", real size: arrow keys move it" : ""}`;
  const made = h(
    "div",
    { class: "stage", tabindex: "0", role: "group", "aria-label": label, "data-real": String(state.real) },
    compared ? pair(item, pictures) : single(item.record, item.alt, pictures),
  );
  if (state.real) dragged(made);
  return h("div", { class: "stage-place" }, made, compared && slider(made, item.before?.label ?? ""));
}

/** @param {Record_} record @param {string} alt @param {import("./pictures.js").Pictures} pictures */
function single(record, alt, pictures) {
  const image = h("img", { alt, draggable: "false" });
  const made = h("div", { class: "sheet" }, image);
  show(pictures, record, image);
  return made;
}

/** @param {Item} item @param {import("./pictures.js").Pictures} pictures */
function pair(item, pictures) {
  const after = h("img", { alt: item.alt, draggable: "false" });
  const before = h("img", { alt: `Before: ${item.before?.label}`, class: "over", draggable: "false" });
  const made = h("div", { class: "sheet pair" }, after, before, h("span", { class: "edge" }));
  show(pictures, item.record, after);
  if (item.before) show(pictures, item.before.record, before);
  before.style.clipPath = "inset(0 50% 0 0)";
  return made;
}

/** @param {HTMLElement} made @param {string} label */
function slider(made, label) {
  const oninput = (/** @type {any} */ event) => {
    const over = /** @type {HTMLElement | null} */ (made.querySelector(".over"));
    const edge = /** @type {HTMLElement | null} */ (made.querySelector(".edge"));
    if (over) over.style.clipPath = `inset(0 ${100 - event.target.value}% 0 0)`;
    if (edge) edge.style.left = `${event.target.value}%`;
  };
  return h(
    "label",
    { class: "slider" },
    h("span", {}, `Before: ${label}`),
    h("input", {
      ...{ type: "range", min: 0, max: 100, value: 50, oninput, "data-does": "slide" },
      "aria-label": "How much of the image before is shown",
    }),
    h("span", {}, "After"),
  );
}

/** Held and moved, as paper under glass. @param {HTMLElement} made */
function dragged(made) {
  made.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse") return;
    made.setPointerCapture(event.pointerId);
    made.classList.add("held");
  });
  made.addEventListener("pointermove", (event) => {
    if (!made.hasPointerCapture(event.pointerId)) return;
    made.scrollLeft -= event.movementX;
    made.scrollTop -= event.movementY;
  });
  const released = () => made.classList.remove("held");
  made.addEventListener("pointerup", released);
  made.addEventListener("pointercancel", released);
}
