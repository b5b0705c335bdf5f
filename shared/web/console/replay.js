// @ts-check
/** A candidate asked about the requests of the past: a part at a time, added up. */

import { h } from "../common/dom.js";
import { announce } from "../common/live.js";
import { plural } from "../common/words.js";
import { badge, idLink, quiet, when } from "./format.js";
import { post, Problem } from "./session.js";
import { table } from "./table.js";
import { FOLLOWS } from "./words.js";

const SUMS = /** @type {const} */ (["looked", "notKept", "passed", "rejected", "reviewed", "warned"]);

/** @param {any} item */
const before = ({ before: mark }) => {
  if (!mark) return quiet("not known");
  return [`${mark.version}`, mark.rules.length ? `: ${mark.rules.join(", ")}` : quiet(": no rule")];
};

/** @type {import("./table.js").Column[]} */
const COLUMNS = [
  { head: "Request", kind: "wide", cell: ({ id }) => idLink(id) },
  { head: "Would be", cell: ({ then }) => badge(FOLLOWS[then][1], FOLLOWS[then][2]) },
  { head: "By", kind: "wide", cell: ({ rules }) => rules.join(", ") },
  { head: "Accepted", cell: ({ createdAt }) => when(createdAt) },
  { head: "Caller", cell: ({ caller }) => caller },
  { head: "Then in force", kind: "labelled", cell: before },
];

/**
 * Of a form: begin anew; of a button: look further back with the same document.
 *
 * @param {import("./views.js").Context} context
 * @param {HTMLElement} element
 */
export async function replayed({ state, redraw }, element) {
  if (element instanceof HTMLFormElement) state.replay = begun(new FormData(element));
  if (state.replay.faults.length) return redraw();
  const { asked, continuation } = state.replay;
  try {
    take(state.replay, await post("policy/replay", { ...asked, ...(continuation && { continuation }) }));
  } catch (problem) {
    if (!(problem instanceof Problem) || problem.status !== 400) throw problem;
    state.replay.faults = problem.answer.faults;
  }
  redraw();
  announce(summary(state.replay));
}

/** @param {FormData} given */
function begun(given) {
  const sums = Object.fromEntries(SUMS.map((name) => [name, 0]));
  const replay = { ...sums, items: [], continuation: null, asked: {}, faults: /** @type {any[]} */ ([]), version: "" };
  try {
    replay.asked = { policy: JSON.parse(String(given.get("candidate"))), max: Number(given.get("max")) };
  } catch (fault) {
    replay.faults = [{ pointer: "#", detail: `This is no JSON: ${/** @type {Error} */ (fault).message}` }];
  }
  return replay;
}

/** @param {any} replay @param {any} part */
function take(replay, part) {
  SUMS.forEach((name) => (replay[name] += part[name]));
  replay.items.push(...part.items);
  replay.continuation = part.continuation;
  replay.version = part.version;
}

/** @param {any} replay */
function summary({ faults, looked, notKept, passed, rejected, reviewed, warned }) {
  if (faults.length) return `${plural(faults.length, "fault")} in the document.`;
  const kept = notKept ? ` Of ${notKept} the prompts are not kept any more.` : "";
  return (
    `Of ${plural(looked, "request")}, ${passed} would pass as they are, ${warned} with a warning, ` +
    `${reviewed} would be reviewed, ${rejected} rejected.${kept}`
  );
}

/** What came of it so far, for whoever asked. @param {any} state */
export function result({ replay }) {
  if (!replay) return null;
  if (replay.faults.length) return wrong(replay);
  const props = { type: "button", "data-action": "further", "data-key": "further" };
  return h(
    "div",
    { class: "stack", "data-key": "result" },
    h("p", {}, h("strong", {}, replay.version), ". ", summary(replay)),
    replay.items.length ? table("Requests that its rules match", COLUMNS, replay.items, { key: ({ id }) => id, empty: "" }) : null,
    replay.continuation ? h("p", { class: "more" }, h("button", props, "Look further back")) : null,
  );
}

/** @param {any} replay */
function wrong({ faults }) {
  const items = faults.map((/** @type {any} */ { pointer, detail }) => h("li", {}, h("code", {}, pointer), ` ${detail}`));
  const notice = { class: "notice", "data-tone": "bad", "data-key": "result" };
  return h("div", notice, h("p", {}, summary({ faults })), h("ul", {}, items));
}
