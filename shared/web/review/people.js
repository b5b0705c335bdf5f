// @ts-check
/** Who decides in this stage, what they have said so far, and by which rule it counts. */

import { h, icon } from "../common/dom.js";
import { moment } from "../common/words.js";
import { rule, said } from "./sayings.js";
import { ownWords, stageOf, verdicts } from "./view.js";

/** @typedef {import("./view.js").Decision} Decision */

const TONES = /** @type {Record<string, string>} */ ({ approve: "good", reject: "bad", revise: "warn" });

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
    rows.length ? h("ul", { class: "people" }, rows) : h("p", {}, "Whoever has the link may decide."),
    approval?.delegations.map((one) => h("p", { class: "quiet small break" }, `${one.reviewer} gave their place to ${one.to}.`)),
  ];
}

/** @param {Decision} decision @param {string[]} own */
function answered(decision, own) {
  const words = ownWords(decision);
  return h(
    "li",
    {},
    h("span", { class: "face", "data-tone": TONES[decision.decision] }, icon(decision.decision === "approve" ? "check" : decision.decision === "reject" ? "cross" : "pencil")),
    h(
      "div",
      {},
      h("p", { class: "break" }, name(decision.reviewer, own)),
      h("p", { class: "small" }, `${said(decision)} `, time(decision.at)),
      words && h("blockquote", { class: "small break" }, words),
      decision.images.filter((one) => one.comment).map((one) => h("blockquote", { class: "small break" }, `Image ${one.index + 1}: ${one.comment}`)),
    ),
  );
}

/** @param {string} who @param {string[]} own */
function open(who, own) {
  return h(
    "li",
    {},
    h("span", { class: "face" }, icon("clock")),
    h("div", {}, h("p", { class: "break" }, name(who, own)), h("p", { class: "small quiet" }, "has not answered yet")),
  );
}

/** @param {string} who @param {string[]} own */
function name(who, own) {
  const shown = who.startsWith("p:") ? "A reviewer" : who === "anyone" ? "Somebody with the link" : who;
  return [h("strong", {}, shown), own.includes(who.toLowerCase()) && h("span", { class: "badge", "data-tone": "accent" }, "you")];
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
