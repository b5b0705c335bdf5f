// @ts-check
/** Filling in a template for a dry run: what would be asked, what it would cost, and who would decide. */

import { h } from "../common/dom.js";
import { announce } from "../common/live.js";
import { amount, factsOf } from "./format.js";
import { post, Problem } from "./session.js";

/** @param {any} template @param {any[]} variables */
export function tryForm({ name, version, example, retired }, variables) {
  const about = "Tells what a request with these values would do. Nothing is made, stored or spent.";
  return h(
    "form",
    { class: "stack", "data-action": "try", "data-key": `try-${version}`, "data-name": name, "data-version": version },
    h("p", { class: "quiet" }, retired ? "It is retired: its newest version takes no new requests." : about),
    variables.map((one) => field(one, example[one.name])),
    h("div", {}, h("button", {}, "Dry run")),
  );
}

/** @param {any} variable @param {any} example */
function field({ name, title, type, required, choices, multiline, ...one }, example) {
  const id = `value-${name}`;
  const value = String(example ?? one.default ?? "");
  const given = { id, name, "data-type": type, required };
  return h(
    "div",
    { class: "field", "data-key": name },
    h("label", { for: id }, title ?? name, required ? null : h("span", { class: "quiet" }, " (optional)")),
    type === "choice" ? chooser(given, choices, value) : writer({ ...given, value, autocomplete: "off" }, type, multiline),
  );
}

/** @param {any} given @param {string[]} choices @param {string} value */
function chooser(given, choices, value) {
  const all = given.required ? choices : ["", ...choices];
  const option = (/** @type {string} */ one) => h("option", { value: one, selected: one === value || null }, one || "–");
  return h("select", given, all.map(option));
}

/** @param {any} given @param {string} type @param {boolean} multiline */
function writer(given, type, multiline) {
  if (multiline) return h("textarea", { ...given, rows: 3, dir: "auto" });
  const number = { type: "number", step: type === "integer" ? "1" : "any" };
  return h("input", { ...given, ...(type === "text" ? { type: "text" } : number) });
}

/**
 * @param {import("./views.js").Context} context
 * @param {HTMLElement} form
 */
export async function tried({ state, redraw }, form) {
  const fields = /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("[data-type]"));
  const variables = Object.fromEntries([...fields].filter((one) => one.value !== "").map((one) => [one.name, valueOf(one)]));
  const template = { name: form.dataset.name, version: Number(form.dataset.version), variables };
  try {
    state.run = { said: await post("policy/check", { template }), faults: [] };
  } catch (problem) {
    if (!(problem instanceof Problem) || problem.status !== 400) throw problem;
    state.run = { said: null, faults: problem.answer.faults };
  }
  redraw();
  announce(state.run.said?.ok ? "It would be accepted." : "It would be refused.");
}

/** @param {HTMLInputElement} field */
const valueOf = ({ dataset, value }) => (["integer", "number"].includes(dataset.type ?? "") ? Number(value) : value);

/** What came of it, for whoever tried. @param {any} state */
export function outcome({ run }) {
  if (!run) return null;
  const { said, faults } = run;
  const wrong = faults.map((/** @type {any} */ one) => h("li", {}, h("code", {}, one.pointer), ` ${one.detail}`));
  const refused = (said?.problems ?? []).map((/** @type {any} */ one) => h("li", {}, h("strong", {}, one.code), ` ${one.detail}`));
  const title = said?.ok ? "It would be accepted." : "It would be refused.";
  return h(
    "div",
    { class: "stack", "data-key": "outcome" },
    h(
      "div",
      { class: "notice", "data-tone": said?.ok ? "good" : "bad" },
      h("p", {}, h("strong", {}, title)),
      wrong.length + refused.length ? h("ul", {}, wrong, refused) : null,
    ),
    said ? plan(said) : null,
    said ? notes(said) : null,
  );
}

/** Nobody is told of a dry run, so that nobody listens is no news. @param {any} said */
function notes({ warnings }) {
  const told = warnings.filter((/** @type {any} */ one) => one.code !== "no_sink");
  return told.length ? h("ul", { class: "quiet small" }, told.map((/** @type {any} */ one) => h("li", {}, one.detail))) : null;
}

/** @param {any} said */
function plan({ options, estimate, routing, approval, policy }) {
  const stages = approval.stages.map((/** @type {any} */ one) => `${one.name}${one.policy ? " (the policy asks)" : ""}`);
  return factsOf([
    ["Would cost about", amount(estimate.amount, estimate.currency)],
    ["Images", `${options.n} × ${options.size}, ${options.quality}`],
    ["Model", options.model],
    ["Deployment", routing.deployment ?? `none yet: ${(routing.reason ?? "").replaceAll("_", " ")}`],
    ["People asked", stages.join(", then ") || "nobody"],
    ["Rules that match", policy.rules.join(", ") || "none"],
  ]);
}
