// @ts-check
/** One request: what it is, how it stands, what has happened, and what can be done about it. */

import { h } from "../common/dom.js";
import { shortDigest } from "../common/words.js";
import { asked } from "./asking.js";
import { attentionCard, resume } from "./attention.js";
import { sent } from "./deliverylog.js";
import { erase, erased } from "./erase.js";
import { costOf, factsOf, idLink, quiet, statusBadge, when } from "./format.js";
import { save } from "./pictures.js";
import { batchPlace, requestPlace, reviewPage } from "./router.js";
import { learnScopes, ofWhole, wholeLink } from "./scopes.js";
import { download, get, may, post } from "./session.js";
import { say } from "./shell.js";
import { images } from "./images.js";
import { timeline } from "./timeline.js";
import { FINAL, waitsFor } from "./words.js";

/** @type {import("./views.js").View} */
export const request = {
  title: ({ id }) => `Request ${id.slice(0, 26)}`,

  async load({ route }) {
    const path = `images/${encodeURIComponent(route.id)}`;
    const resource = await get(path);
    const evidence = await get(`${path}/evidence`);
    await learnScopes([resource]);
    const facts = evidence.journal.map((/** @type {string} */ line) => JSON.parse(line));
    return { resource, evidence, facts };
  },

  draw({ resource, evidence, facts }, context) {
    return [
      standing(resource),
      resource.erasure ? erased(resource.erasure) : null,
      resource.error ? failure(resource.error) : null,
      resource.attention ? h("div", { "data-key": "attention" }, attentionCard(resource, false)) : null,
      card("About", about(resource)),
      h(
        "div",
        { class: "pair", "data-key": "pair" },
        card("Time line", timeline(facts, resource)),
        resource.images.length ? card("Images", images(resource, context.redraw)) : null,
      ),
      card("Deliveries", sent(evidence.deliveries, facts)),
    ].filter(Boolean);
  },

  actions: {
    resume,
    async cancel({ route, refresh }) {
      const text = "A call that is under way is let end first; it may have cost money.";
      if (!(await asked({ title: "Cancel this request?", text, act: "Cancel the request", danger: true }))) return;
      await post(`images/${route.id}/cancel`);
      await refresh();
      say("The request is cancelled, or will be as soon as its call has ended.");
    },
    async rerun({ route }) {
      const text = "A new request with the same content, under today's rules and prices.";
      if (!(await asked({ title: "Run it again?", text, act: "Run again" }))) return;
      const { id } = await post(`images/${route.id}/rerun`);
      location.hash = requestPlace(id);
    },
    erase,
    async evidence({ route }) {
      save(await download(`images/${route.id}/evidence`), `evidence-${route.id}.json`);
      say("The evidence pack is saved. `python3 dev verify FILE` checks it offline.");
    },
  },

  refusal: ({ status }) => (status === 404 ? "There is no such request, or it is not yours to see." : undefined),
};

/** @param {string} title @param {Node | Node[]} content */
function card(title, content) {
  return h("section", { class: "card", "data-key": title }, h("h2", {}, title), content);
}

/** @param {any} resource */
function standing(resource) {
  const waits = waitsFor(resource);
  const final = FINAL.has(resource.status);
  const submits = may("submit");
  return h(
    "div",
    { class: "standing", "data-key": "standing" },
    h(
      "p",
      {},
      statusBadge(resource.status),
      waits ? [" ", quiet(`waits for ${waits}`)] : null,
      resource.cancelRequested ? " Cancel was asked for." : null,
      ofWhole(resource) ? [" ", quiet("decided "), wholeLink(resource)] : null,
    ),
    h(
      "div",
      { class: "buttons" },
      may("decide") && resource.status === "awaitingApproval" && !ofWhole(resource) ? reviewLink(resource.id) : null,
      button("evidence", "Download evidence"),
      submits && final && !resource.erasure ? button("rerun", "Run again") : null,
      submits && !final ? button("cancel", "Cancel", "danger") : null,
      may("erase") && !resource.erasure ? button("erase", "Erase", "danger") : null,
      submits ? null : h("p", { class: "quiet small" }, "To cancel or run again a key needs the role submit."),
    ),
  );
}

/** @param {string} id */
const reviewLink = (id) => h("a", { class: "button", href: reviewPage(id), "data-key": "review" }, "Review and decide");

/** @param {string} action @param {string} text @param {string} [kind] */
const button = (action, text, kind) =>
  h("button", { type: "button", class: kind ?? null, "data-action": action, "data-key": action }, text);

/** @param {{code: string, detail: string, categories: string[]}} error */
function failure({ code, detail, categories }) {
  return h(
    "div",
    { class: "notice", "data-tone": "bad", "data-key": "error" },
    h("p", {}, h("strong", {}, code), " ", detail),
    categories.length ? h("p", {}, `Categories: ${categories.join(", ")}`) : null,
  );
}

/** @param {{id: string, row: number}} batch */
const batchRow = ({ id, row }) => [h("a", { class: "mono id", href: batchPlace(id) }, id), ` row ${row}`];

/** @param {any} resource */
function about(resource) {
  const { options, usage, cost } = resource;
  return factsOf([
    ["Caller", resource.caller],
    ["Asked by", resource.requestedBy],
    ["Purpose", resource.purpose && h("bdi", {}, resource.purpose)],
    ["Template", resource.template && `${resource.template.name}, version ${resource.template.version}`],
    ["Model", options.model],
    ["Deployment", options.deployment],
    ["Images", `${options.n} × ${options.size}, ${options.quality}, ${options.outputFormat}`],
    ["Accepted", when(resource.createdAt)],
    ["Last change", when(resource.updatedAt)],
    ["Cost", costOf(cost)],
    ["Price book", cost.priceBook && `${cost.priceBook}${cost.estimated ? ", estimated" : ""}`],
    ["Tokens", usage && `${usage.inputTokens} in, ${usage.outputTokens} out`],
    ["Cost center", resource.costCenter],
    ["Round", resource.round > 1 ? resource.round : null],
    ["Batch", resource.batch && batchRow(resource.batch)],
    ["Rerun of", resource.rerunOf && idLink(resource.rerunOf)],
    ["Reuses", resource.reusedFrom && idLink(resource.reusedFrom.id)],
    ["Idempotency key", resource.idempotencyKey && h("span", { class: "mono break" }, resource.idempotencyKey)],
    ["Prompt's digest", h("span", { class: "mono" }, shortDigest(resource.promptSha256))],
  ]);
}
