// @ts-check
/** What there is to know: who asked, for what, with which words, at what cost, and what was before. */

import { fill, h, icon } from "../common/dom.js";
import { moment, money, plural } from "../common/words.js";
import { show } from "./pictures.js";
import { until } from "./sayings.js";
import { earlier, stageOf } from "./view.js";

/** @typedef {import("./review.js").Page} Page */

/** @param {Page} page */
export function head({ view, nowMs }) {
  const { request, stage, state } = view;
  const approval = stageOf(view);
  const open = state === "open" && approval;
  const asker = request.requestedBy ? [h("strong", { class: "break" }, request.requestedBy), ` (through ${request.caller})`] : [h("strong", {}, request.caller)];
  return [
    stages(view),
    h("h1", { class: "break" }, request.purpose || (stage.phase === "before" ? "May this be generated?" : "Review of AI-generated images")),
    h("p", { class: "quiet" }, "Asked for by ", asker, "."),
    open && h("p", { class: "deadline" }, "Decide by ", h("strong", { class: "nowrap" }, moment(approval.deadline)), " ", h("span", { class: "quiet", "data-until": approval.deadline }, `(${until(approval.deadline, nowMs())})`)),
  ];
}

/** @param {import("./view.js").View} view */
function stages(view) {
  const all = view.request.approval?.stages ?? [];
  const { name, phase, round } = view.stage;
  const at = all.findIndex((/** @type {any} */ one) => one.name === name && one.phase === phase);
  const rows = all.map((/** @type {any} */ one, /** @type {number} */ k) =>
    h(
      "li",
      { "aria-current": k === at ? "step" : null, "data-done": String(k < at) },
      k === at ? h("span", { class: "badge", "data-tone": "accent" }, one.name) : h("span", {}, k < at && icon("check"), one.name),
      h("span", { class: "unseen" }, k < at ? ", passed" : k > at ? ", to come" : ""),
    ),
  );
  const label = all.length > 1 ? `Stage ${at + 1} of ${all.length}` : "Stage";
  return h(
    "div",
    { class: "stages" },
    h("span", { class: "quiet small" }, label),
    h("ol", { "aria-label": "Stages" }, rows.length ? rows : h("li", { "aria-current": "step" }, name)),
    view.rounds.length > 1 && h("span", { class: "badge" }, `Round ${round}`),
  );
}

/** @param {Page} page */
export function prompt({ view }) {
  if (!view.prompt) return null;
  return h(
    "section",
    { class: "card stack", "aria-labelledby": "prompt-title" },
    h("h2", { id: "prompt-title" }, "Prompt"),
    h("blockquote", { class: "prompt break" }, view.prompt),
  );
}

/** @param {Page} page */
export function facts({ view }) {
  const { request } = view;
  const { options, cost } = request;
  const spent = cost.amount ? `${cost.estimated ? "about " : ""}${money(cost.amount, cost.currency)}` : "nothing yet";
  const rows = /** @type {[string, any][]} */ ([
    ["Asked for", moment(request.createdAt)],
    ["Model", options.model],
    ["Wanted", `${plural(options.n, "image")}, ${options.size.replace("x", "\u00a0×\u00a0")}, ${options.quality} quality`],
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
  const from = round.parent == null || !round.edit ? "made anew" : `changed from image ${round.parent + 1} of round ${round.round - 1}`;
  return h(
    "div",
    { class: "notice", "data-tone": "accent" },
    h("p", {}, h("strong", {}, `Round ${round.round}: `), `${from}, as somebody wished.`),
    [...new Set(round.feedback)].map((one) => h("p", { class: "break" }, `“${one}”`)),
  );
}

/** The images that are given to be edited, and the rounds before. @param {Page} page */
export function history(page) {
  const { view } = page;
  const inputs = view.inputs.filter((one) => one.url && one.sha256);
  const rounds = earlier(view);
  return [
    inputs.length > 0 && strip(page, "What was given to be edited", inputs.map((one, k) => ({ record: one, alt: one.role === "mask" ? "The mask" : `Given image ${k + 1}` })), "given"),
    ...rounds.map((one) => strip(page, `Round ${one.round}`, one.images.map((shot) => ({ record: shot, alt: shot.altText || `Round ${one.round}, image ${shot.index + 1}` })), `round-${one.round}`, wished(view, one.round))),
  ];
}

/** What was asked to be changed in a round is told by the round that followed. @param {import("./view.js").View} view @param {number} number */
function wished(view, number) {
  const following = view.rounds.find((one) => one.round === number + 1);
  const words = following?.feedback ?? [];
  if (!following) return null;
  const which = following.parent == null ? "" : ` of image ${following.parent + 1}`;
  return h("p", { class: "break" }, h("strong", {}, `Wanted${which}: `), [...new Set(words)].join(" · ") || "another try");
}

/**
 * @param {Page} page
 * @param {string} title
 * @param {{record: import("./pictures.js").Record_, alt: string}[]} shots
 * @param {string} id
 * @param {any} [told]
 */
function strip(page, title, shots, id, told) {
  const items = shots.map(({ record, alt }) => ({ title: `${title}: ${alt}`, alt, label: id === "given" ? "Given" : "AI-generated image", record, before: null }));
  const thumbs = shots.map(({ record, alt }, at) => {
    const image = h("img", { alt, class: "thumb" });
    show(page.pictures, record, image);
    return h("li", {}, h("button", { type: "button", class: "opener", onclick: () => page.zoomItems(items, at) }, image));
  });
  return h("section", { class: "card stack", "aria-labelledby": id }, h("h2", { id }, title), told, h("ul", { class: "strip" }, thumbs));
}

/** @param {Element} place @param {Page} page */
export function fillDetails(place, page) {
  const first = page.view.stage.phase === "before" ? null : prompt(page);
  fill(place, first, ...history(page), facts(page));
}
