// @ts-check
/** What the page says, in one place: each with what happened and what to do about it. */

import { fromNow, list, moment, plural } from "../common/words.js";
import { PROBLEMS } from "./problems.js";
import { stageOf } from "./view.js";

/** @typedef {{tone: string, title: string, text: string}} Saying */
/** @typedef {import("./view.js").View} View */

const MADE = "New images are being made. You will be told when they are there.";
const NOTHING = "Nothing is released from this request.";

/**
 * How it stands, when nothing can be decided with this link.
 *
 * @param {View} view
 * @returns {Saying}
 */
export function standing(view) {
  if (view.state === "open" && !view.reviewer.mayDecide) return own(view);
  if (view.state === "closed") return closed(view);
  if (view.state === "superseded") return superseded(view);
  if (view.state === "notOpen") return notOpen(view);
  return decided(view);
}

/** How it stands when nobody was ever asked. @param {View} view @returns {Saying} */
export function unasked(view) {
  const decidedAlready = ["approved", "rejected"].includes(view.request.status);
  return decidedAlready ? decided(view) : standing(view);
}

/** @param {View} view @returns {Saying} */
function own({ reviewer }) {
  const text =
    `The key is that of ${reviewer.caller}, which asked for these images and does not have the role ` +
    "decideOwn. Somebody else has to decide.";
  return { tone: "accent", title: "You cannot decide on a request of your own", text };
}

/** @param {View} view @returns {Saying} */
function closed(view) {
  const { status, error } = view.request;
  const rest = "Nothing can be decided any more, and nothing is released.";
  if (status === "cancelled") return { tone: "warn", title: "This request was cancelled", text: rest };
  const why = error?.detail ?? "";
  if (status === "failed") return { tone: "warn", title: "This request has failed", text: `${why} ${rest}`.trim() };
  const when = view.request.approval?.deadline;
  const until = when ? `It was open until ${moment(when)}. ` : "";
  const text = `${until}${rest} If it still matters, tell whoever asked you.`;
  return { tone: "warn", title: "The time for this review is over", text };
}

/** What took the place of what this link is for. @param {View} view */
export function newer({ request, stage }) {
  return request.round !== stage.round ? `round ${request.round}` : `the stage “${request.approval?.stage}”`;
}

/** What is asked now, where something else was asked before. @param {View} view */
export function startsAnew({ stage, rounds }) {
  const round = rounds.length > 1 ? `, round ${stage.round},` : "";
  return `The stage “${stage.name}”${round} is asked now. What was entered for what was asked before does not count here.`;
}

/** @param {View} view @returns {Saying} */
function superseded(view) {
  return {
    tone: "accent",
    title: "There is something newer",
    text:
      `By now ${newer(view)} is open, so this link decides nothing any more. ` +
      "Please open the link in your newest message.",
  };
}

/** @param {View} view @returns {Saying} */
function notOpen(view) {
  if (ofWhole(view)) return { tone: "accent", ...PROBLEMS.decided_by_batch };
  const busy = ["queued", "generating", "accepted"].includes(view.request.status);
  const later = "You will be told when something is asked of you.";
  const text = busy ? MADE : later;
  return { tone: "accent", title: "There is nothing to decide at present", text };
}

/** Whoever is asked about no row by itself, and has no link of their own. @param {View} view */
function ofWhole({ request, stage, reviewer }) {
  const asks = request.batch && request.status === "awaitingApproval" && stage?.phase === "after";
  return asks && !reviewer.personal;
}

/** @param {View} view @returns {Saying} */
function decided(view) {
  const { status, images } = view.request;
  const released = images.filter((/** @type {any} */ one) => one.state === "approved").length;
  if (status === "approved") return { tone: "good", title: "Approved", text: `${plural(released, "image is", "images are")} released.` };
  if (status === "rejected") return { tone: "bad", title: "Rejected", text: NOTHING };
  const verdict = stageOf(view)?.verdict;
  if (verdict === "revise") return { tone: "warn", title: "Another round was asked for", text: MADE };
  if (verdict === "rejected") return { tone: "bad", title: "This stage has rejected it", text: NOTHING };
  return { tone: "good", title: "This stage is decided", text: next(view) };
}

/** What follows when this stage has passed. @param {View} view */
export function next(view) {
  const stages = view.request.approval?.stages ?? [];
  const { name, phase } = view.stage;
  const at = stages.findIndex((/** @type {any} */ one) => one.name === name && one.phase === phase);
  const following = stages[at + 1];
  if (phase === "before" && following?.phase !== "before") return "It passed. The images are made next.";
  if (following) return `It passed. The next stage, “${following.name}”, is asked.`;
  return "It passed. The kept images are released.";
}

/** @param {import("./view.js").Approval} approval */
export function rule({ rule: kind, veto, reviewers }) {
  const most = reviewers.length;
  const no = veto ? " One “no” to an image is final for that image." : "";
  if (kind === "all") return `Everybody must approve.${no}`;
  if (typeof kind === "object") return `${kind.atLeast} of ${most} must approve.${no}`;
  return most > 1 ? `One answer is enough: the first one counts.${no}` : `One answer decides.${no}`;
}

/** @param {string} deadline @param {number} nowMs */
export function until(deadline, nowMs) {
  const late = Date.parse(deadline) <= nowMs;
  return `${late ? "was" : ""} ${fromNow(deadline, nowMs)}`.trim();
}

/** What a verdict said: "approved images 1 and 2, rejected image 3". @param {import("./view.js").Decision} decision */
export function said(decision) {
  if (decision.decision === "revise") return "asked for a change";
  if (!decision.images.length) return decision.decision === "approve" ? "approved" : "rejected";
  const all = decision.images.length > 1 ? " all images" : "";
  const [kept, dropped] = ["approve", "reject"].map((word) => named(decision, word));
  if (!dropped.length) return `approved${all}`;
  if (!kept.length) return `rejected${all}`;
  return `approved ${imagesOf(kept)}, rejected ${imagesOf(dropped)}`;
}

/** @param {import("./view.js").Decision} decision @param {string} word */
function named(decision, word) {
  return decision.images.filter((one) => one.decision === word).map((one) => one.index + 1);
}

/** "image 1", "images 1 and 3". @param {number[]} numbers */
export function imagesOf(numbers) {
  return `${numbers.length === 1 ? "image" : "images"} ${list(numbers.map(String))}`;
}
