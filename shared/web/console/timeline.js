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
  /** @type {any[]} */
  const decisions = resource.approval?.decisions ?? [];
  const people = new Map(decisions.map((one) => [one.at, one.reviewer]));
  return h(
    "ol",
    { class: "timeline" },
    facts.map((fact, place) => entry(fact, people, facts[place + 1])),
    FINAL.has(resource.status) ? null : since(facts[facts.length - 1].at),
  );
}

/** @param {string} instant */
function since(instant) {
  const passed = span(Date.now() - Date.parse(instant));
  return h("li", { class: "now", "data-key": "now" }, h("p", { class: "quiet" }, `${passed} since then`));
}

/**
 * @param {import("./facts.js").Fact} fact
 * @param {Map<string, string>} people
 * @param {import("./facts.js").Fact | undefined} next
 */
function entry(fact, people, next) {
  const { title, detail, tone } = told(fact, people);
  const by = people.has(fact.at) ? null : ` · ${person(actor(fact.actor))}`;
  const lasted = next ? Date.parse(next.at) - Date.parse(fact.at) : 0;
  return h(
    "li",
    { "data-key": String(fact.seq), "data-tone": tone ?? null },
    h("p", { class: "what" }, h("strong", {}, title), detail ? h("span", { class: "quiet" }, ` ${detail}`) : null),
    h("p", { class: "quiet small" }, when(fact.at), by, ` · #${fact.seq}`),
    next ? h("p", { class: "lasted small" }, h("span", { class: "unseen" }, "then "), span(lasted)) : null,
  );
}
