// @ts-check
/** Small things that every table shows: times, spans, amounts, badges. */

import { h } from "../common/dom.js";
import { fromNow, moment } from "../common/words.js";
import { requestPlace } from "./router.js";
import { STATES } from "./words.js";

const TIME = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

/** "14:03:05". @param {Date} at */
export const timeOfDay = (at) => TIME.format(at);

/** The time, with its day unless that is today; whole in its title. @param {string | null} instant */
export function when(instant) {
  if (!instant) return h("span", { class: "quiet" }, "–");
  const at = new Date(instant);
  const today = at.toDateString() === new Date().toDateString();
  const text = today ? timeOfDay(at) : `${DAY.format(at)} ${timeOfDay(at)}`;
  return h("time", { class: "nowrap", datetime: instant, title: moment(instant) }, text);
}

/** "in 3 hours", with the moment in its title. @param {string | null} instant */
export function relative(instant) {
  if (!instant) return h("span", { class: "quiet" }, "–");
  const text = fromNow(instant, Date.now());
  return h("time", { class: "nowrap", datetime: instant, title: moment(instant) }, text);
}

const SIZES = /** @type {const} */ ([
  ["d", 86_400_000, "h", 3_600_000],
  ["h", 3_600_000, "min", 60_000],
  ["min", 60_000, "s", 1000],
]);

/** "340 ms", "2.4 s", "3 min 20 s". @param {number} ms */
export function span(ms) {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  for (const [unit, size, smaller, part] of SIZES) {
    if (ms < size) continue;
    const rest = Math.floor((ms % size) / part);
    return `${Math.floor(ms / size)} ${unit}${rest ? ` ${rest} ${smaller}` : ""}`;
  }
  return `${Math.round(ms / 1000)} s`;
}

/** Enough decimals for what one image costs. @param {number} sum @param {string | null} [currency] */
export function amount(sum, currency) {
  const digits = sum !== 0 && Math.abs(sum) < 1 ? 4 : 2;
  return `${sum.toFixed(digits)}${currency ? ` ${currency}` : ""}`;
}

/** @param {{amount: number, maybeBilledAmount: number, currency: string}} cost */
export function costOf(cost) {
  const doubt = cost.maybeBilledAmount;
  const sure = amount(cost.amount, cost.currency);
  if (!doubt) return cost.amount ? sure : h("span", { class: "quiet" }, "–");
  return h("span", {}, sure, " ", h("span", { class: "under quiet nowrap" }, `perhaps + ${amount(doubt)}`));
}

/** @param {string} tone @param {string} text */
export const badge = (tone, text) => h("span", { class: "badge", "data-tone": tone || null }, text);

/** A code as its words have it. @param {Record<string, [string, string]>} words @param {string} code */
export function badgeOf(words, code) {
  const [label, tone] = words[code] ?? [code, ""];
  return badge(tone, label);
}

/** @param {string} status */
export const statusBadge = (status) => badgeOf(STATES, status);

/** @param {string} id */
export const idLink = (id) => h("a", { class: "mono id", href: requestPlace(id) }, id);

/** A request by its id, and under it what it is for. @param {any} resource */
export const named = ({ id, purpose }) => [
  idLink(id),
  purpose ? h("span", { class: "under quiet small", dir: "auto" }, purpose) : null,
];

/** Terms with what they say; those that say nothing are left out. @param {[string, any][]} facts */
export const factsOf = (facts) =>
  h(
    "dl",
    { class: "facts" },
    facts
      .filter(([, value]) => value !== null && value !== undefined && value !== "")
      .map(([name, value]) => h("div", { "data-key": name }, h("dt", {}, name), h("dd", {}, value))),
  );

/** @param {string} text */
export const quiet = (text) => h("span", { class: "quiet" }, text);
