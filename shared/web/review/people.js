// @ts-check
/** Who decides in this stage, what they have said so far, and by which rule it counts. */

import { h, icon } from "../common/dom.js";
import { moment } from "../common/words.js";
import { rule, said } from "./sayings.js";
import { isSpending, ownWords, stageOf, verdicts } from "./view.js";

/** @typedef {import("./view.js").Decision} Decision */

/** @type {Record<string, [string, "check" | "cross" | "pencil"]>} */
const SIGNS = { approve: ["good", "check"], reject: ["bad", "cross"], revise: ["warn", "pencil"] };

/** @param {import("./view.js").View} view @param {string[]} own names of the reviewer */
export function people(view, own) {
  const approval = stageOf(view);
  const given = verdicts(view);
  const waiting = approval?.waitingFor ?? [];
  const rows = [...given.map((one) => answered(one, own)), ...waiting.map((one) => open(one, own))];
  return [
    h("h2", {}, "Who decides"),
    approval && h("p", { class: "quiet small" }, rule(approval)),
    approval?.escalated && h("p", { class: "quiet small" }, "Passed on after nobody answered in time."),
    rows.length ? h("ul", { class: "people" }, rows) : h("p", {}, anybody(view)),
    approval?.delegations.map((one) => line(`${one.reviewer} gave their place to ${one.to}.`)),
  ];
}

/** @param {import("./view.js").View} view */
const anybody = (view) =>
  isSpending(view) ? "Whoever has a key with the role decide." : "Whoever has the link may decide.";

/** @param {string} text */
function line(text) {
  return h("p", { class: "quiet small break" }, text);
}

/** @param {Decision} decision @param {string[]} own */
function answered(decision, own) {
  const words = ownWords(decision);
  const [tone, sign] = SIGNS[decision.decision];
  const reasons = decision.images.filter((one) => one.comment);
  return h(
    "li",
    {},
    h("span", { class: "face", "data-tone": tone }, icon(sign)),
    h(
      "div",
      {},
      h("p", { class: "break" }, name(decision.reviewer, own)),
      h("p", { class: "small" }, `${said(decision)} `, time(decision.at)),
      words && quote(words),
      reasons.map((one) => quote(one.comment ?? "", `Image ${one.index + 1}: `)),
    ),
  );
}

/** @param {string} words @param {string} [about] */
function quote(words, about = "") {
  const told = about ? [about, h("bdi", {}, words)] : words;
  return h("blockquote", { class: "small break", dir: about ? null : "auto" }, told);
}

/** @param {string} who @param {string[]} own */
function open(who, own) {
  return h(
    "li",
    {},
    h("span", { class: "face" }, icon("clock")),
    h("div", {}, h("p", { class: "break" }, name(who, own)), line("has not answered yet")),
  );
}

/** @param {string} who @param {string[]} own */
function name(who, own) {
  const shown = who === "anyone" ? "Somebody with the link" : who.startsWith("p:") ? "A reviewer" : who;
  const you = h("span", { class: "badge", "data-tone": "accent" }, "you");
  return [h("strong", {}, shown), own.includes(who.toLowerCase()) && you];
}

/** @param {string} instant */
function time(instant) {
  return h("time", { class: "quiet", datetime: instant, title: moment(instant), "data-from-now": instant });
}

/**
 * What others said since the last look, to be read out.
 *
 * @param {import("./view.js").View | null} last
 * @param {import("./view.js").View} view
 * @param {string[]} own
 */
export function news(last, view, own) {
  if (!last) return [];
  const key = (/** @type {Decision} */ one) => `${one.reviewer} ${one.at} ${one.withdrawn}`;
  const known = new Set((last.request.approval?.decisions ?? []).map(key));
  const all = /** @type {Decision[]} */ (view.request.approval?.decisions ?? []);
  return all
    .filter((one) => !known.has(key(one)) && !own.includes(one.reviewer.toLowerCase()))
    .map((one) => `${one.reviewer} ${one.withdrawn ? "took their verdict back" : said(one)}.`);
}
