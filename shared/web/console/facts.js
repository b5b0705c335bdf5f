// @ts-check
/** The facts of a journal, each as one sentence. */

import { list, plural } from "../common/words.js";
import { amount } from "./format.js";
import { person } from "./words.js";

/**
 * @typedef {{seq: number, at: string, type: string, actor: string, data: any}} Fact
 * @typedef {{title: string, detail?: string, tone?: string}} Told
 */

/** @param {number[]} indices */
const images = (indices) =>
  indices.length === 1 ? `image ${indices[0] + 1}` : `images ${list(indices.map((one) => `${one + 1}`))}`;

/** @param {any} cost */
const price = (cost) => (cost ? amount(cost.amount, cost.currency) : "");

/** What all of them are; else each for itself. @param {any[]} all */
function origins(all) {
  const found = all.map((one) => (one.provenance ? `C2PA ${one.provenance.c2pa}` : ""));
  return new Set(found).size === 1 ? found[0] : joined(found);
}

/** @param {(string | null | undefined | false)[]} parts */
const joined = (parts) => parts.filter(Boolean).join(" · ");

/** @param {any} policy of the first fact; older ones have none */
const ruled = (policy) => (policy?.rules.length ? `policy ${policy.version}: ${list(policy.rules)}` : "");

const VERDICTS = /** @type {Record<string, string>} */ ({
  approve: "approved",
  reject: "rejected",
  revise: "asked for changes",
});

/** @type {Record<string, (data: any, who: string) => Told>} */
const TOLD = {
  "request.accepted": ({ caller, options, rerunOf, policy }) => ({
    title: `Accepted from ${caller}`,
    detail: joined([
      ...[options.model, options.size, plural(options.n, "image")],
      ...[rerunOf && `rerun of ${rerunOf}`, ruled(policy)],
    ]),
  }),
  "inputs.fetched": ({ images: all }) => ({ title: `${plural(all.length, "input image")} fetched and stored` }),
  "content.screened": ({ round, passed, categories }) => ({
    title: passed ? "Screened: nothing against it" : "Screened: flagged",
    detail: joined([list(categories ?? []), round > 1 && `round ${round}`]),
    tone: passed ? undefined : "bad",
  }),
  "screening.failed": ({ code }) => ({ title: "Could not be screened; nobody has seen it", detail: code, tone: "warn" }),
  "images.reused": ({ source, images: all }) => ({
    title: `${plural(all.length, "image")} approved before, used again`,
    detail: `from ${source}`,
    tone: "good",
  }),
  "reuse.missed": ({ code }) => ({ title: "Nothing to use again: it goes the usual way", detail: code }),
  "generation.queued": () => ({ title: "Waits for a turn at the model" }),
  "generation.intended": ({ attempt, round, deployment }) => ({
    title: `Call ${attempt} to ${deployment} begins`,
    detail: round > 1 ? `round ${round}` : "",
    tone: "accent",
  }),
  "generation.completed": ({ images: all, cost, salvaged }) => ({
    title: `${plural(all.length, "image")} stored`,
    detail: joined([price(cost), origins(all), salvaged && "salvaged from a call without an answer"]),
    tone: "good",
  }),
  "generation.refused": ({ code, categories, maybeBilled }) => ({
    title: "The model refused",
    detail: joined([code, list(categories ?? []), maybeBilled && `maybe billed: ${price(maybeBilled)}`]),
    tone: "bad",
  }),
  "generation.not_sent": ({ code, elsewhere }) => ({
    title: "Not sent; nothing was bought",
    detail: joined([code, elsewhere && "another deployment is asked"]),
    tone: "warn",
  }),
  "generation.unknown": ({ code, stored, maybeBilled }) => ({
    title: "No answer; nobody can say whether it was billed",
    detail: joined([code, stored && `${plural(stored, "image")} stored`, `up to ${price(maybeBilled)}`]),
    tone: "bad",
  }),
  "generation.adopted": ({ attempt }) => ({ title: `The images of call ${attempt} came after all`, tone: "good" }),
  "altText.intended": ({ index, model }) => ({ title: `${model} is asked to describe ${images([index])}` }),
  "altText.drafted": ({ cost }) => ({ title: "An alt text was drafted", detail: price(cost) }),
  "altText.failed": ({ code, maybeBilled }) => ({
    title: "No alt text was drafted",
    detail: joined([code, maybeBilled && `maybe billed: ${price(maybeBilled)}`]),
    tone: "warn",
  }),
  "altText.skipped": ({ code }) => ({ title: "No alt texts are drafted", detail: code }),
  "approval.opened": ({ stage, phase, images: all }) => ({
    title: `Stage “${stage}” asks people`,
    detail: joined([phase === "before" ? "before generation" : "", all.length ? images(all) : ""]),
    tone: "accent",
  }),
  "approval.decided": ({ stage, decision, images: all }, who) => ({
    title: `${who} ${VERDICTS[decision] ?? decision}`,
    detail: joined([`stage ${stage}`, split(all ?? [], decision)]),
    tone: { approve: "good", reject: "bad" }[/** @type {string} */ (decision)] ?? "warn",
  }),
  "approval.withdrawn": (_, who) => ({ title: `${who} took the verdict back` }),
  "approval.delegated": ({ to }, who) => ({ title: `${who} handed over to ${person(to)}` }),
  "approval.reminded": ({ stage }) => ({ title: `Reviewers of “${stage}” were reminded` }),
  "approval.escalated": ({ stage, reviewers }) => ({
    title: `Stage “${stage}” was escalated`,
    detail: `to ${list(reviewers.map(person))}`,
    tone: "warn",
  }),
  "round.opened": ({ round, parent, edit }) => ({
    title: `Round ${round} begins`,
    detail: parent === null ? "" : `${edit ? "edits" : "follows"} ${images([parent])}`,
  }),
  "release.started": ({ images: all }) => ({ title: `Release of ${images(all)} begins`, tone: "accent" }),
  "request.approved": ({ blobs }) => ({
    title: `Approved: ${plural(Object.keys(blobs).length, "image")} released`,
    tone: "good",
  }),
  "request.rejected": () => ({ title: "Rejected", tone: "bad" }),
  "request.expired": () => ({ title: "Expired: nobody decided in time", tone: "bad" }),
  "request.failed": ({ code }) => ({ title: "Failed", detail: code, tone: "bad" }),
  "request.cancelRequested": () => ({ title: "Cancel asked for; a call is under way" }),
  "request.cancelled": () => ({ title: "Cancelled" }),
  "attention.raised": ({ code }) => ({ title: "Needs an operator", detail: code, tone: "bad" }),
  "attention.resolved": ({ action }, who) => ({ title: `${who} chose: ${ACTIONS[action] ?? action}` }),
  "callback.detached": () => ({ title: "Nobody waits at the callback any more" }),
  "erasure.requested": ({ erasure }, who) => ({ title: `${who} had it erased`, detail: `erasure ${erasure}`, tone: "warn" }),
  "erasure.removed": ({ blobs }) => ({ title: `Erased: ${plural(blobs, "blob")} deleted` }),
  "erasure.done": () => ({ title: "Nothing of its content is left" }),
  "request.retired": ({ phase }) => ({ title: `Kept long enough: ${phase} deleted` }),
};

const ACTIONS = /** @type {Record<string, string>} */ ({
  retry: "retry",
  useStored: "use the stored images",
  abandon: "abandon",
});

/** @param {{index: number, approved: boolean}[]} verdicts @param {string} decision */
function split(verdicts, decision) {
  const kept = verdicts.filter((one) => one.approved);
  if (decision === "revise" || !kept.length || kept.length === verdicts.length) return "";
  return `only ${images(kept.map((one) => one.index))}`;
}

/**
 * @param {Fact} fact
 * @param {Map<string, string>} people who decided, by the moment they did
 * @returns {Told} a fact that is not known here tells its type
 */
export function told(fact, people) {
  const who = people.get(fact.at) ?? person(fact.data.reviewer ?? actor(fact.actor));
  const tell = TOLD[fact.type];
  return tell ? tell(fact.data, who) : { title: fact.type };
}

/** @param {string} text as journals have it: `caller:name`, or the app itself */
export const actor = (text) => text.replace(/^caller:/, "");
