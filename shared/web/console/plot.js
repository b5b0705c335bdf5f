// @ts-check
/** Plots: drawings beside tables that say the same, so readers of screens pass them over. */

import { h } from "../common/dom.js";

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {string} name
 * @param {Record<string, string | number>} props
 * @param {...Element} children
 */
function s(name, props, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(props)) made.setAttribute(key, String(value));
  made.append(...children);
  return made;
}

/** @param {number} part of the whole width, 0 to 1 */
const percent = (part) => `${(Math.min(Math.max(part, 0), 1) * 100).toFixed(2)}%`;

/** @param {string} text */
function hint(text) {
  const made = s("title", {});
  made.textContent = text;
  return made;
}

/**
 * @typedef {object} Bar
 * @property {string} label
 * @property {string} value
 * @property {number} filled where the bar ends, of the whole width
 * @property {number} [held] where its lighter part ends
 * @property {number} [mark] where the limit stands
 * @property {string} [tone]
 */

/** One bar a line, its label before and its value behind it. @param {Bar[]} bars */
export function barPlot(bars) {
  return h(
    "div",
    { class: "bars", "aria-hidden": "true" },
    bars.map((bar) =>
      h(
        "div",
        { class: "row", "data-key": bar.label },
        h("span", { class: "label", title: bar.label }, bar.label),
        drawn(bar),
        h("span", { class: "value" }, bar.value),
      ),
    ),
  );
}

/** @param {number} part of the whole width */
function upright(part) {
  const x = percent(part);
  return s("line", { class: "mark", x1: x, x2: x, y1: "-20%", y2: "120%" });
}

/** @param {number} part of the whole height, from the top */
function level(part) {
  const y = percent(part);
  return s("line", { class: "grid", x1: 0, x2: "100%", y1: y, y2: y });
}

/** @param {Bar} bar */
function drawn({ filled, held = filled, mark, tone = "", value }) {
  const part = (/** @type {string} */ kind, /** @type {number} */ end) =>
    s("rect", { class: kind, "data-tone": tone, width: percent(end), height: "100%", rx: 3 });
  const parts = [hint(value), part("track", mark ?? 0), part("held", held), part("filled", filled)];
  if (mark !== undefined) parts.push(upright(mark));
  return s("svg", { class: "bar-plot" }, ...parts);
}

/**
 * A column for each day.
 *
 * @param {{label: string, value: number, text: string}[]} columns
 * @param {string} top what the highest line stands for
 */
export function columnPlot(columns, top) {
  const highest = Math.max(...columns.map((one) => one.value), 0) || 1;
  const step = 100 / columns.length;
  const drawings = columns.map(({ value, label, text }, place) =>
    s(
      "g",
      {},
      hint(`${label}: ${text}`),
      s("rect", { class: "catch", x: `${place * step}%`, y: 0, width: `${step}%`, height: "100%" }),
      s("rect", {
        class: "filled",
        x: `${(place * step + step * 0.14).toFixed(3)}%`,
        y: percent(1 - value / highest),
        width: `${(step * 0.72).toFixed(3)}%`,
        height: percent(value / highest),
        rx: 2,
      }),
    ),
  );
  return h(
    "div",
    { class: "columns", "aria-hidden": "true" },
    h("span", { class: "top quiet small" }, top),
    s("svg", { class: "column-plot" }, level(0), level(0.5), ...drawings),
    h("div", { class: "axis quiet small" }, columns.map(({ label }, place) => h("span", {}, place % 5 ? "" : label))),
  );
}
