// @ts-check
/** How the app is as a whole: its health, who is waited for, and where the newest requests are. */

import { poll } from "../common/live.js";
import { get, Problem } from "./session.js";
import { count, health, underWay } from "./shell.js";
import { FINAL, STATES, WAITS } from "./words.js";

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
    const pages = Object.keys(WAITS).map((status) => get(`images?status=${status}&limit=${NEWEST}`));
    const [newest, ...waiting] = await Promise.all([get(`images?limit=${NEWEST}`), ...pages]);
    heard(newest, waiting);
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

/** @typedef {{items: {status: string}[], continuation: string | null}} Page */

/** @param {Page} newest @param {Page[]} waiting what waits, by who is waited for, however old it is */
function heard({ items, continuation }, waiting) {
  counts.byStatus.clear();
  for (const { status } of items) counts.byStatus.set(status, (counts.byStatus.get(status) ?? 0) + 1);
  counts.all = items.length;
  counts.older = continuation !== null;
  const shown = /** @type {Map<string, string>} */ (new Map());
  counts.byStatus.forEach((count, status) => shown.set(status, String(count)));
  Object.entries(WAITS).forEach(([status, [place, about, tone]], k) => {
    const number = atLeast(waiting[k]);
    shown.set(status, number);
    count(place, number, `${number} ${about}`, tone);
  });
  const open = Object.keys(STATES).filter((status) => !FINAL.has(status) && (shown.get(status) ?? "0") !== "0");
  underWay(open.map((status) => [status, shown.get(status) ?? ""]));
  tell();
}

/** "7", or "100+" where there are more than one page has. @param {Page} page */
const atLeast = ({ items, continuation }) => `${items.length}${continuation ? "+" : ""}`;
