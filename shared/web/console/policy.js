// @ts-check
/** The policy in force in plain words, and what another one would have said to the past. */

import { h } from "../common/dom.js";
import { badge, factsOf, quiet } from "./format.js";
import { conditionOf } from "./conditions.js";
import { replayed, result } from "./replay.js";
import { get, may } from "./session.js";
import { table } from "./table.js";
import { FOLLOWS, POLICIES } from "./words.js";

const SOURCES = /** @type {Record<string, string>} */ ({
  builtIn: "built in: no rules",
  file: "a file of the deployment",
  blob: "a blob, read each minute",
});

// What one call looks at, at most.
const MOST = 200;

/** @param {any} rule */
const asks = ({ stage, phase }) =>
  stage ? [h("strong", {}, stage), ` ${phase === "before" ? "before generation" : "about the images"}`] : null;

/** @type {import("./table.js").Column[]} */
const COLUMNS = [
  { head: "Rule", cell: ({ id }) => h("strong", { class: "break" }, id) },
  { head: "Then", cell: ({ then }) => badge(FOLLOWS[then][1], FOLLOWS[then][0]) },
  { head: "When", kind: "wide", cell: ({ when }) => when && conditionOf(when) },
  { head: "Reason", kind: "wide", cell: ({ reason }) => reason },
  { head: "Asks", cell: asks },
];

/** @type {import("./views.js").View} */
export const policy = {
  title: () => "Policy",
  everyMs: 30_000,

  load: () => get("policy"),

  draw(found, { state }) {
    return [
      h("section", { class: "card", "data-key": "about" }, h("h2", {}, "In force"), about(found)),
      found.faults.length ? faults(found) : null,
      table("Rules of the policy in force", columns(found), rules(found), {
        key: ({ id }) => id,
        empty: "There are no rules: whatever a caller may ask for is taken.",
      }),
      found.document ? null : quiet("What each rule looks for is told to keys with the role operate, which can try others."),
      may("operate") ? h("section", { class: "card", "data-key": "replay" }, replay(found, state)) : null,
    ].filter((one) => one !== null);
  },

  actions: {
    replay: replayed,
    further: replayed,
    async take({ state }, element) {
      const field = /** @type {HTMLTextAreaElement} */ (document.getElementById("candidate"));
      field.value = element.dataset.document ?? "";
      state.replay = null;
      field.focus();
    },
  },
};

/** @param {any} found */
function about({ state, source, version, sha256, document: whole }) {
  const [label, tone] = POLICIES[state];
  return factsOf([
    ["State", badge(tone, label)],
    ["Version", version],
    ["From", SOURCES[source]],
    ["Screening", whole?.screening && limits(whole.screening)],
    ["Provenance", whole?.requireProvenance && "no image without content credentials is released"],
    ["SHA-256", sha256 && h("span", { class: "mono whole break" }, sha256)],
  ]);
}

/** At which severity each kind of harm is flagged. @param {any} screening */
function limits({ blocklists, ...levels }) {
  const kinds = Object.entries(levels).map(([kind, level]) => `${kind} ${level === null ? "never" : `from ${level}`}`);
  return [...kinds, ...(blocklists ?? []).map((/** @type {string} */ one) => `blocklist ${one}`)].join(", ");
}

/** @param {any} found */
function faults({ faults: all, state }) {
  const text =
    state === "missing"
      ? "There is no policy that could be read, so nothing new is taken."
      : "The newest document could not be taken, so the one before holds.";
  const items = all.map((/** @type {any} */ one) => h("li", {}, h("code", {}, one.pointer), ` ${one.detail}`));
  return h("div", { class: "notice", "data-tone": "bad", "data-key": "faults" }, h("p", {}, text), h("ul", {}, items));
}

/** Rules with their conditions, where those are told. @param {any} found */
function rules({ rules: all, document: whole }) {
  const known = new Map((whole?.rules ?? []).map((/** @type {any} */ one) => [one.id, one.when]));
  return all.map((/** @type {any} */ one) => ({ ...one, when: known.get(one.id) ?? null }));
}

/** @param {any} found */
const columns = ({ document: whole }) => (whole ? COLUMNS : COLUMNS.filter((one) => one.head !== "When"));

/** @param {any} found @param {any} state */
function replay({ document: whole }, state) {
  const text = whole ? JSON.stringify(whole, null, 2) : "";
  const take = { type: "button", "data-action": "take", "data-document": text, "data-key": "take" };
  return [
    h("h2", {}, "Try another one"),
    h(
      "p",
      { class: "quiet" },
      "Asks a document about requests of the past, whose prompts are still kept. Nothing is changed; who asked is logged.",
    ),
    h(
      "form",
      { class: "stack", "data-action": "replay", "data-key": "form" },
      h(
        "div",
        { class: "field" },
        h("label", { for: "candidate" }, "Policy document (JSON)"),
        h("textarea", { id: "candidate", name: "candidate", class: "mono", rows: 10, spellcheck: "false", required: true }),
      ),
      h(
        "div",
        { class: "filters" },
        h("label", { for: "max" }, "Newest requests", h("input", { id: "max", name: "max", type: "number", min: 1, max: MOST, value: 100 })),
        h("button", { class: "main" }, "Ask it"),
        whole ? h("button", take, "Begin with the one in force") : null,
      ),
    ),
    result(state),
  ];
}
