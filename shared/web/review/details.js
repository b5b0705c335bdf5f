// @ts-check
/** What there is to know: who asked, for what, with which words, at what cost, and what was before. */

import { fill, h, icon } from "../common/dom.js";
import { moment, money, plural } from "../common/words.js";
import { show } from "./pictures.js";
import { until } from "./sayings.js";
import { earlier, isSpending, stageOf } from "./view.js";

/** @typedef {import("./page.js").Page} Page */

/** @param {Page} page */
export function head({ view, nowMs }) {
  const { request, stage, state } = view;
  const approval = stageOf(view);
  const open = state === "open" && approval;
  const plain = stage.phase === "before" ? question(view) : "Review of AI-generated images";
  return [
    stages(view),
    h("h1", { class: "break", dir: "auto" }, request.purpose || plain),
    h("p", { class: "quiet" }, "Asked for by ", asker(request), "."),
    open && deadline(approval.deadline, nowMs()),
  ];
}

/** Of a stage before generation. @param {import("./view.js").View} view */
export const question = (view) =>
  isSpending(view) ? "May it cost more than the budget?" : "May this be generated?";

/** @param {any} request */
function asker({ requestedBy, caller }) {
  if (!requestedBy) return h("strong", {}, caller);
  return h("span", {}, h("strong", { class: "break" }, requestedBy), ` (through ${caller})`);
}

/** @param {string} instant @param {number} nowMs */
function deadline(instant, nowMs) {
  const left = h("span", { class: "quiet", "data-until": instant }, `(${until(instant, nowMs)})`);
  const day = h("strong", { class: "nowrap" }, moment(instant));
  return h("p", { class: "deadline" }, "Decide by ", day, " ", left);
}

/** @param {import("./view.js").View} view */
function stages(view) {
  const { name, phase, round } = view.stage;
  const agreed = view.request.approval?.stages ?? [];
  const at = agreed.findIndex((/** @type {any} */ one) => one.name === name && one.phase === phase);
  // What is asked about the budget is no stage that was agreed on.
  const all = at < 0 ? [] : agreed;
  const rows = all.map((/** @type {any} */ one, /** @type {number} */ k) => step(one.name, k - at));
  const label = all.length > 1 ? `Stage ${at + 1} of ${all.length}` : "Stage";
  return h(
    "div",
    { class: "stages" },
    h("span", { class: "quiet small" }, label),
    h("ol", { "aria-label": "Stages" }, rows.length ? rows : step(isSpending(view) ? "budget" : name, 0)),
    view.rounds.length > 1 && h("span", { class: "badge" }, `Round ${round}`),
  );
}

/** @param {string} name @param {number} ahead below 0: it has passed */
function step(name, ahead) {
  const here = ahead === 0;
  const told = ahead < 0 ? ", passed" : here ? "" : ", to come";
  const badge = here ? { class: "badge", "data-tone": "accent" } : {};
  return h(
    "li",
    { "aria-current": here ? "step" : null, "data-done": String(ahead < 0) },
    h("span", badge, ahead < 0 && icon("check"), name),
    h("span", { class: "unseen" }, told),
  );
}

/** @param {Page} page */
export function prompt({ view }) {
  if (!view.prompt) return null;
  return h(
    "section",
    { class: "card stack", "aria-labelledby": "prompt-title" },
    h("h2", { id: "prompt-title" }, "Prompt"),
    h("blockquote", { class: "prompt break", dir: "auto" }, view.prompt),
  );
}

/** A question about money, which no link can answer. @param {Page} page */
export function spending({ view }) {
  const text =
    `The budget of ${view.request.caller} for this month has no room for what this may cost. ` +
    "“Yes” lets the request spend more than the budget, once.";
  return h("p", { class: "card" }, text);
}

/** @param {Page} page */
export function facts({ view }) {
  const { request } = view;
  const { options, cost } = request;
  const size = options.size.replace("x", "\u00a0×\u00a0");
  const spent = cost.amount ? `${cost.estimated ? "about " : ""}${money(cost.amount, cost.currency)}` : "nothing yet";
  const rows = /** @type {[string, any][]} */ ([
    ["Asked for", moment(request.createdAt)],
    ["Model", options.model],
    ["Wanted", `${plural(options.n, "image")}, ${size}, ${options.quality} quality`],
    ["Cost so far", spent],
    cost.maybeBilledAmount ? ["Perhaps billed as well", money(cost.maybeBilledAmount, cost.currency)] : null,
    request.costCenter ? ["Cost centre", request.costCenter] : null,
    view.stage.phase === "after" ? ["Further rounds possible", String(view.roundsLeft)] : null,
    ["Request", h("span", { class: "mono" }, request.id)],
  ].filter(Boolean));
  return h(
    "section",
    { class: "card stack", "aria-labelledby": "facts-title" },
    h("h2", { id: "facts-title" }, "About this request"),
    h("dl", { class: "facts" }, rows.map(([term, told]) => h("div", {}, h("dt", {}, term), h("dd", {}, told)))),
  );
}

/** From what this round came, and what was wished for. @param {Page} page */
export function origin({ view }) {
  const round = view.rounds.find((one) => one.round === view.stage.round);
  if (!round || round.round < 2) return null;
  const changed = round.edit && round.parent != null;
  const parent = `changed from image ${(round.parent ?? 0) + 1} of round ${round.round - 1}`;
  return h(
    "div",
    { class: "notice", "data-tone": "accent" },
    h("p", {}, h("strong", {}, `Round ${round.round}: `), `${changed ? parent : "made anew"}, as somebody wished.`),
    [...new Set(round.feedback)].map((one) => h("p", { class: "break", dir: "auto" }, `“${one}”`)),
  );
}

/** The images that are given to be edited, and the rounds before. @param {Page} page */
export function history(page) {
  const { view } = page;
  const inputs = view.inputs.filter((one) => one.url && one.sha256);
  const given = inputs.map((one, k) => ({
    record: one,
    alt: one.role === "mask" ? "The mask" : `Given image ${k + 1}`,
  }));
  return [
    given.length > 0 && strip(page, { id: "given", title: "What was given to be edited", shots: given }),
    ...earlier(view).map((one) => strip(page, past(view, one))),
  ];
}

/**
 * @typedef {{record: import("./pictures.js").Record_, alt: string}} Small
 * @typedef {{id: string, title: string, shots: Small[], told?: any}} Strip
 */

/** @param {import("./view.js").View} view @param {import("./view.js").Round} round @returns {Strip} */
function past(view, round) {
  const title = `Round ${round.round}`;
  const shots = round.images.map((shot) => ({
    record: shot,
    alt: shot.altText || `${title}, image ${shot.index + 1}`,
  }));
  return { id: `round-${round.round}`, title, shots, told: wished(view, round.round) };
}

/**
 * What was asked to be changed in a round is told by the round that followed.
 *
 * @param {import("./view.js").View} view
 * @param {number} number
 */
function wished(view, number) {
  const following = view.rounds.find((one) => one.round === number + 1);
  if (!following) return null;
  const which = following.parent == null ? "" : ` of image ${following.parent + 1}`;
  const words = [...new Set(following.feedback)].join(" · ") || "another try";
  return h("p", { class: "break" }, h("strong", {}, `Wanted${which}: `), h("bdi", {}, words));
}

/** @param {Page} page @param {Strip} strip */
function strip(page, { id, title, shots, told }) {
  const label = id === "given" ? "Given" : "AI-generated image";
  const items = shots.map(({ record, alt }) => ({ title: `${title}: ${alt}`, alt, label, record, before: null }));
  const thumbs = shots.map(({ record, alt }, at) => {
    const image = h("img", { alt, class: "thumb" });
    show(page.pictures, record, image);
    const onclick = () => page.zoomItems(items, at);
    return h("li", {}, h("button", { type: "button", class: "opener", onclick }, image));
  });
  const heading = h("h2", { id }, title);
  const row = h("ul", { class: "strip" }, thumbs);
  return h("section", { class: "card stack", "aria-labelledby": id }, heading, told, row);
}

/** @param {Element} place @param {Page} page */
export function fillDetails(place, page) {
  const first = page.view.stage.phase === "before" ? null : prompt(page);
  fill(place, first, ...history(page), facts(page));
}
