// @ts-check
/** How the app is as a whole: its health, and how many of the newest requests are where. */

import { poll } from "../common/live.js";
import { plural } from "../common/words.js";
import { get, Problem } from "./session.js";
import { count, health, underWay } from "./shell.js";
import { FINAL, STATES } from "./words.js";

const EVERY_MS = 20_000;
// One page: more would read more journals than a glance is worth.
export const NEWEST = 100;

/** @type {{now: () => Promise<void>, stop: () => void} | null} */
let live = null;
let tell = () => {};

/** By status, of the newest requests; `all` of them, null before they are known; whether there are older ones. */
export const counts = {
  byStatus: /** @type {Map<string, number>} */ (new Map()),
  all: /** @type {number | null} */ (null),
  older: false,
};

export const overview = {
  /** @param {() => void} whenNew */
  start(whenNew) {
    tell = whenNew;
    live ??= poll(look, EVERY_MS);
    live.now();
  },
  now() {
    live?.now();
  },
  stop() {
    live?.stop();
    live = null;
    counts.byStatus.clear();
    counts.all = null;
  },
};

async function look() {
  try {
    health((await readiness()).status);
    heard(await get(`images?limit=${NEWEST}`));
    return true;
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    return false;
  }
}

/** A 503 says how things are as well. @returns {Promise<any>} */
export async function readiness() {
  try {
    return await get("health/ready");
  } catch (problem) {
    if (problem instanceof Problem && problem.answer.body?.status === "down") return problem.answer.body;
    if (problem instanceof Problem && !problem.status) health("unreachable");
    throw problem;
  }
}

/** @param {{items: {status: string}[], continuation: string | null}} page */
function heard({ items, continuation }) {
  counts.byStatus.clear();
  for (const { status } of items) counts.byStatus.set(status, (counts.byStatus.get(status) ?? 0) + 1);
  counts.all = items.length;
  counts.older = continuation !== null;
  const of = counts.older ? `of the newest ${counts.all}` : "in all";
  const waiting = counts.byStatus.get("awaitingApproval") ?? 0;
  const troubled = counts.byStatus.get("needsAttention") ?? 0;
  count("waiting", waiting, `${plural(waiting, "request")} ${of}`);
  count("attention", troubled, `${plural(troubled, "request")} ${of}`, "bad");
  const open = Object.keys(STATES).filter((status) => counts.byStatus.has(status) && !FINAL.has(status));
  underWay(open.map((status) => [status, counts.byStatus.get(status) ?? 0]));
  tell();
}
