// @ts-check
/** Deployments: their breaker and their pace, and the operator's switch. */

import { h } from "../common/dom.js";
import { asked } from "./asking.js";
import { badgeOf, quiet, relative, when } from "./format.js";
import { overview, readiness } from "./overview.js";
import { may, post } from "./session.js";
import { health, say } from "./shell.js";
import { table } from "./table.js";
import { BREAKERS } from "./words.js";

// The app keeps what it knows of them for ten seconds; until then our own switch is newer.
const NEWER_FOR_MS = 11_000;
/** @type {Map<string, {condition: any, untilMs: number}>} */
const switched = new Map();

/** @param {any} condition */
function reason({ state, reason: why, until, pausedBy, pausedAt }) {
  if (state === "paused") return [`by ${pausedBy} `, when(pausedAt)];
  return why ? [why.replaceAll("_", " "), until ? [", until ", when(until)] : null].flat() : quiet("–");
}

/** @param {any} condition */
function pace({ openCalls, waiting, closedUntil }) {
  const calls = `${openCalls} under way, ${waiting} waiting`;
  if (!closedUntil || Date.parse(closedUntil) <= Date.now()) return calls;
  const silence = ["upstream asked for silence, over ", relative(closedUntil)];
  return [calls, h("span", { class: "under quiet small" }, silence)];
}

/** @param {any} condition */
function control({ name, state }) {
  if (!may("operate")) return quiet("needs the role operate");
  const running = state === "closed" || state === "halfOpen";
  const action = running ? "pause" : "resume";
  const text = running ? "Pause" : "Resume";
  const props = { type: "button", "data-action": action, "data-name": name, "data-state": state, "data-key": action };
  return h("button", { ...props, "aria-label": `${text} ${name}` }, text);
}

/** @type {import("./table.js").Column[]} */
const COLUMNS = [
  { head: "Deployment", cell: ({ name }) => h("strong", {}, name) },
  { head: "Model", cell: ({ model }) => model },
  { head: "State", cell: ({ state }) => badgeOf(BREAKERS, state) },
  { head: "Reason", kind: "wide", cell: reason },
  { head: "Calls", cell: pace },
  { head: "Switch", kind: "acts", cell: control },
];

/** @type {import("./views.js").View} */
export const deployments = {
  title: () => "Deployments",

  async load() {
    const found = await readiness();
    health(found.status);
    return found;
  },

  draw(found) {
    if (!found.deployments) {
      const text = "How each deployment is, is told to keys that the app knows by name.";
      return h("p", { class: "notice" }, text);
    }
    const rows = found.deployments.map(newest);
    const empty = "No deployment is known while storage is away.";
    const list = table("Deployments", COLUMNS, rows, { key: ({ name }) => name, empty });
    if (!found.missing) return list;
    return [h("p", { class: "notice", "data-tone": "bad" }, `Storage does not answer: ${found.missing}.`), list];
  },

  actions: {
    async pause(context, { dataset }) {
      const text = "No new paid calls are made on it until somebody resumes it. Calls under way end.";
      if (!(await asked({ title: `Pause ${dataset.name}?`, text, act: "Pause" }))) return;
      await turn(context, dataset.name ?? "", "pause");
      say(`${dataset.name} is paused.`);
    },
    async resume(context, { dataset }) {
      const given = await asked(resuming(dataset.name ?? "", dataset.state ?? ""));
      if (!given) return;
      await turn(context, dataset.name ?? "", given.get("release") ? "resume?release=1" : "resume");
      say(`${dataset.name} may be called again.`);
    },
  },
};

/** @param {string} name @param {string} state @returns {import("./asking.js").Question} */
function resuming(name, state) {
  const text = "Requests that wait for it look again by themselves; a blocked one is tried at once.";
  const release = h(
    "label",
    { class: "tick" },
    h("input", { type: "checkbox", name: "release", value: "1" }),
    "Hold no caller for a block any longer",
  );
  return { title: `Resume ${name}?`, text, act: "Resume", fields: state === "open" ? [release] : [] };
}

/** @param {any} condition */
function newest(condition) {
  const ours = switched.get(condition.name);
  return ours && ours.untilMs > Date.now() ? ours.condition : condition;
}

/** @param {import("./views.js").Context} context @param {string} name @param {string} how */
async function turn({ redraw }, name, how) {
  const condition = await post(`deployments/${encodeURIComponent(name)}/${how}`);
  switched.set(name, { condition, untilMs: Date.now() + NEWER_FOR_MS });
  redraw();
  overview.now();
}
