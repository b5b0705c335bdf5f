// @ts-check
/** The console: one view at a time, chosen by the address, drawn again while it is looked at. */

import { byId, fill, h } from "../common/dom.js";
import { keyForm } from "../common/key_form.js";
import { announce, poll } from "../common/live.js";
import { timeOfDay } from "./format.js";
import { morph } from "./morph.js";
import { overview } from "./overview.js";
import { forgetPictures } from "./pictures.js";
import { routeOf } from "./router.js";
import { forget, Problem, signIn } from "./session.js";
import { banner, furnish, say, stand, updated } from "./shell.js";
import { VIEWS } from "./views.js";

/**
 * @typedef {import("./views.js").View} View
 * @typedef {import("./views.js").Context} Context
 * @typedef {import("../common/live.js").Polling} Live
 * @typedef {{view: View, context: Context, data: any, at: Date | null, live: Live}} Open
 */

const EVERY_MS = 5000;

/** @type {Open | null} */
let open = null;
let inside = false;

/** Show what the address asks for. @param {boolean} [arriving] then focus stays where it is */
function show(arriving = false) {
  if (!inside) return;
  const route = routeOf(location.hash);
  const former = open?.context.route;
  const moved = !former || former.name !== route.name || former.id !== route.id;
  leave();
  const view = VIEWS[route.name];
  const mine = /** @type {Open} */ ({ view, data: null, at: null });
  mine.context = {
    route,
    state: {},
    redraw: () => draw(mine),
    refresh: async () => {
      await mine.live.fresh();
      overview.now();
    },
  };
  open = mine;
  stand(view.title(route), route.place);
  if (moved) begin(arriving);
  mine.live = poll(() => look(mine), view.everyMs ?? EVERY_MS);
  mine.live.now();
}

/** @param {boolean} arriving */
function begin(arriving) {
  say("");
  banner("");
  updated(null);
  fill(byId("view"), h("p", { class: "quiet" }, "Loading…"));
  if (arriving) return;
  scrollTo(0, 0);
  byId("title").focus({ preventScroll: true });
}

function leave() {
  open?.live.stop();
  open = null;
}

/** @param {Open} mine @returns {Promise<boolean>} whether to look again as soon as ever */
async function look(mine) {
  try {
    const data = await mine.view.load(mine.context);
    if (open !== mine) return true;
    mine.data = data;
    mine.at = new Date();
    updated(mine.at);
    banner("");
    draw(mine);
    return true;
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    return open === mine ? failed(problem, mine) : true;
  }
}

/** @param {Open} mine */
function draw(mine) {
  if (open !== mine || mine.data === null) return;
  const fresh = document.createDocumentFragment();
  fresh.append(...[mine.view.draw(mine.data, mine.context)].flat().filter(Boolean));
  morph(byId("view"), fresh);
}

/** @param {Problem} problem @param {Open} mine */
function failed(problem, mine) {
  const { status, detail } = problem.answer;
  if (status === 401) {
    refused();
  } else if (status >= 400 && status < 500 && status !== 429) {
    mine.data = null;
    const text = mine.view.refusal?.(problem.answer) ?? refusal(status, detail);
    morph(byId("view"), notice(text));
  } else {
    const since = mine.at ? ` What you see is from ${timeOfDay(mine.at)}.` : "";
    banner(`${detail} Trying again.${since}`);
  }
  return false;
}

/** @param {number} status @param {string} detail */
function refusal(status, detail) {
  if (status === 403) return `You may not see this. ${detail}`;
  return status === 404 ? "Not available: this version of the app does not have it." : detail;
}

/** @param {string} text */
function notice(text) {
  const made = document.createDocumentFragment();
  made.append(h("p", { class: "notice", "data-tone": "warn" }, text));
  return made;
}

/** The key is not, or no longer, good. */
function refused() {
  forget();
  outside("You are no longer signed in: the key was not accepted.");
}

/** @param {string} [fault] */
function outside(fault = "") {
  inside = false;
  leave();
  overview.stop();
  forgetPictures();
  furnish(false);
  stand("Sign in", "");
  byId("view").replaceChildren(keyForm([h("p", {}, "The console needs a function key of this app.")], enter, fault));
  if (fault) announce(fault);
  byId("view").querySelector("input").focus();
}

/** @param {boolean} [arriving] */
async function enter(arriving = false) {
  try {
    await signIn();
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    if (problem.status === 401) forget();
    outside(arriving && problem.status === 401 ? "" : why(problem));
    return;
  }
  inside = true;
  furnish(true);
  overview.start(() => open?.context.redraw());
  show(arriving);
}

/** @param {Problem} problem */
const why = (problem) =>
  problem.status === 401 ? "This key was not accepted." : `${problem.message} Please try again.`;

/** @param {Event} event */
async function act(event) {
  const wanted = event.target instanceof Element ? event.target.closest("[data-action]") : null;
  if (!wanted || !open || (event.type === "click") === (wanted instanceof HTMLFormElement)) return;
  event.preventDefault();
  if (wanted.getAttribute("aria-busy")) return;
  const { view, context } = open;
  const name = wanted.getAttribute("data-action") ?? "";
  wanted.setAttribute("aria-busy", "true");
  try {
    await view.actions?.[name](context, /** @type {HTMLElement} */ (wanted));
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    if (problem.status === 401) refused();
    else say(problem.message, "bad");
  } finally {
    wanted.removeAttribute("aria-busy");
  }
}

byId("view").addEventListener("click", act);
byId("view").addEventListener("submit", act);
byId("leave").addEventListener("click", () => {
  forget();
  outside();
});
byId("skip").addEventListener("click", (/** @type {Event} */ event) => {
  event.preventDefault();
  byId("main").focus();
});
addEventListener("hashchange", () => show());
enter(true);
