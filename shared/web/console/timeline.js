// @ts-check
/** The journal as a line of time: what happened, by whom, and how long it took to the next. */

import { h } from "../common/dom.js";
import { actor, told } from "./facts.js";
import { span, when } from "./format.js";
import { FINAL, person } from "./words.js";

/**
 * @param {import("./facts.js").Fact[]} facts
 * @param {any} resource
 */
export function timeline(facts, resource) {
  const people = new Map((resource.approval?.decisions ?? []).map((/** @type {any} */ one) => [one.at, one.reviewer]));
  const last = facts[facts.length - 1];
  const going = !FINAL.has(resource.status);
  return h(
    "ol",
    { class: "timeline" },
    facts.map((fact, place) => entry(fact, people, facts[place + 1])),
    going ? h("li", { class: "now", "data-key": "now" }, h("p", { class: "quiet" }, `${span(Date.now() - Date.parse(last.at))} since then`)) : null,
  );
}

/**
 * @param {import("./facts.js").Fact} fact
 * @param {Map<string, string>} people
 * @param {import("./facts.js").Fact | undefined} next
 */
function entry(fact, people, next) {
  const { title, detail, tone } = told(fact, people);
  const lasted = next ? Date.parse(next.at) - Date.parse(fact.at) : 0;
  return h(
    "li",
    { "data-key": String(fact.seq), "data-tone": tone ?? null },
    h("p", { class: "what" }, h("strong", {}, title), detail ? h("span", { class: "quiet" }, ` ${detail}`) : null),
    h("p", { class: "quiet small" }, when(fact.at), people.has(fact.at) ? null : ` · ${person(actor(fact.actor))}`, ` · #${fact.seq}`),
    next ? h("p", { class: "lasted small" }, h("span", { class: "unseen" }, "then "), span(lasted)) : null,
  );
}
