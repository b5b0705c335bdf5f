// @ts-check
/** One template: what its prompt is, what may stand in it, its versions, and trying it. */

import { h } from "../common/dom.js";
import { badge, factsOf, quiet, when } from "./format.js";
import { placeOf } from "./router.js";
import { get, may } from "./session.js";
import { table } from "./table.js";
import { outcome, tried, tryForm } from "./trying.js";

/** @param {any} variable what a value may be */
function limits({ type, choices, maxLength, minimum, maximum, multiline }) {
  if (type === "choice") return choices.join(", ");
  const bounds = [minimum !== null && `from ${minimum}`, maximum !== null && `up to ${maximum}`];
  const text = [`at most ${maxLength ?? 200} characters`, multiline && "several lines"];
  return (type === "text" ? text : bounds).filter(Boolean).join(", ");
}

/** @type {import("./table.js").Column[]} */
const COLUMNS = [
  { head: "Variable", cell: ({ name }) => h("code", {}, name) },
  { head: "Type", cell: ({ type }) => type },
  { head: "May be", kind: "wide", cell: limits },
  { head: "Required", cell: ({ required }) => (required ? "yes" : "no") },
  { head: "Without it", cell: (one) => (one.default === null ? quiet(one.required ? "refused" : "nothing") : String(one.default)) },
];

/** @type {import("./views.js").View} */
export const template = {
  title: ({ id }) => `Template ${id}`,
  everyMs: 15_000,

  load({ route }) {
    const version = route.query.get("version");
    return get(`templates/${encodeURIComponent(route.id)}${version ? `?version=${encodeURIComponent(version)}` : ""}`);
  },

  draw(found, { state }) {
    const variables = Object.entries(found.variables).map(([name, one]) => ({ name, .../** @type {any} */ (one) }));
    return [
      versions(found),
      card("About", about(found)),
      card("Prompt", h("blockquote", { class: "prompt break", dir: "auto" }, ...prompt(found.prompt))),
      card("Variables", table("Variables", COLUMNS, variables, { key: ({ name }) => name, empty: "It has none." })),
      may("submit") ? card("Try it", [tryForm(found, variables), outcome(state)]) : null,
    ].filter((one) => one !== null);
  },

  actions: { try: tried },

  refusal: ({ status }) => (status === 404 || status === 400 ? "There is no such template, or no such version." : undefined),
};

/** @param {string} title @param {any} content */
const card = (title, content) => h("section", { class: "card", "data-key": title }, h("h2", {}, title), content);

/** The variables stand out. @param {string} text */
const prompt = (text) =>
  text.split(/(\{\{|\}\}|\{[^{}]*\})/).map((one) => (/^\{[^{]/.test(one) ? h("code", {}, one) : one));

/** @param {any} found */
function versions({ name, version, versions: all }) {
  const chip = (/** @type {number} */ one) =>
    h(
      "a",
      {
        ...{ class: "chip", href: placeOf(`templates/${name}`, { version: String(one) }), "data-key": `version-${one}` },
        "aria-current": one === version ? "true" : null,
      },
      `Version ${one}`,
    );
  return h("nav", { class: "chips", "aria-label": "Versions", "data-key": "versions" }, [...all].reverse().map(chip));
}

/** @param {any} found */
function about(found) {
  const options = Object.entries(found.options).filter(([, value]) => value !== null);
  return factsOf([
    ["Title", found.title],
    ["State", found.retired ? badge("warn", "Retired") : badge("good", "In use")],
    ["Owner", found.owner],
    ["Tags", found.tags.join(", ")],
    ["Sets", options.map(([name, value]) => `${name} ${value}`).join(", ")],
    ["Asks", asks(found.approval)],
    ["Put", [when(found.createdAt), ` by ${found.createdBy}`]],
    ["SHA-256", h("span", { class: "mono whole break" }, found.sha256)],
  ]);
}

/** @param {any} approval */
function asks(approval) {
  if (approval === "default") return "as without a template";
  const names = [...(approval.before ?? []), ...(approval.after ?? [])].map((one) => one.name);
  return names.length ? `stage ${names.join(", then ")}` : "nobody";
}
