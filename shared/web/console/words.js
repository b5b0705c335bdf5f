// @ts-check
/** The app's codes in words for people. */

/** Of a request: what it is called, and its tone. @type {Record<string, [string, string]>} */
export const STATES = {
  accepted: ["Accepted", ""],
  queued: ["Queued", ""],
  generating: ["Generating", "accent"],
  awaitingApproval: ["Awaiting approval", "warn"],
  releasing: ["Releasing", "accent"],
  needsAttention: ["Needs attention", "bad"],
  approved: ["Approved", "good"],
  rejected: ["Rejected", ""],
  expired: ["Expired", ""],
  failed: ["Failed", "bad"],
  cancelled: ["Cancelled", ""],
};

/** Of a batch. @type {Record<string, [string, string]>} */
export const BATCHES = {
  running: ["Running", "accent"],
  completed: ["Completed", "good"],
  cancelled: ["Cancelled", ""],
};

/** Of a row of a batch: that of its request, once there is one and it is asked. @type {Record<string, [string, string]>} */
export const ROWS = {
  waiting: ["Waiting", ""],
  open: ["Under way", "accent"],
  ...STATES,
  refused: ["Refused", "bad"],
};

/** What has a figure beside its place of the navigation: the place, what it counts, and its tone. @type {Record<string, [string, string, string]>} */
export const WAITS = {
  awaitingApproval: ["waiting", "wait for people", ""],
  needsAttention: ["attention", "wait for an operator", "bad"],
};

export const FINAL = new Set(["approved", "rejected", "expired", "failed", "cancelled"]);

/** What lies behind an attention, and what retrying it does. @type {Record<string, [string, string]>} */
const ATTENTIONS = {
  outcome_unknown: [
    "The model gave no answer",
    "The call may have been billed. Retry pays for another one, unless its images have turned up since.",
  ],
  digest_mismatch: [
    "Stored bytes were changed",
    "They are not those of the record. Retry asks the reviewers once more.",
  ],
  nobody_asked: ["Nobody could be asked", "Whoever was to decide could not be reached. Retry asks again."],
  budget_exhausted: ["No budget left", "The caller's budget has no room for this call. Retry lets it go over."],
  screening_unavailable: [
    "The text cannot be screened",
    "Content Safety gives no answer. Nobody has seen the text and nothing was bought. Retry screens it again.",
  ],
  resource_blocked: [
    "Held after a block",
    "Azure OpenAI blocked a resource after this caller's prompts were refused. Look at what is asked for first.",
  ],
  model_unavailable: ["No deployment could be reached", "Nothing was bought. Retry asks again."],
  internal: ["It failed again and again", "For a reason inside the app or its storage; the logs have it."],
};

/** A title and an explanation. @param {string} code @returns {[string, string]} */
export const attentionWords = (code) => ATTENTIONS[code] ?? [code, "The request waits for an operator."];

/** Of the policy in force. @type {Record<string, [string, string]>} */
export const POLICIES = {
  current: ["Current", "good"],
  stale: ["Stale", "warn"],
  missing: ["Missing", "bad"],
};

/** What follows when a rule matches, its tone, and what becomes of the request. @type {Record<string, [string, string, string]>} */
export const FOLLOWS = {
  reject: ["Reject", "bad", "Rejected"],
  review: ["Review", "warn", "Reviewed"],
  warn: ["Warn", "accent", "Warned"],
};

/** Of a deployment. @type {Record<string, [string, string]>} */
export const BREAKERS = {
  closed: ["Open for calls", "good"],
  halfOpen: ["Next call decides", "warn"],
  open: ["Calls stopped", "bad"],
  paused: ["Paused", "warn"],
};

/** @type {Record<string, [string, string]>} */
export const HEALTH = {
  ready: ["Ready", "good"],
  degraded: ["Degraded", "warn"],
  down: ["Down", "bad"],
  unreachable: ["Unreachable", "bad"],
};

/** Of a delivery. @type {Record<string, [string, string]>} */
export const DELIVERIES = {
  pending: ["Pending", "warn"],
  started: ["Under way", "accent"],
  failed: ["Will be tried again", "warn"],
  delivered: ["Delivered", "good"],
  dead: ["Dead", "bad"],
  gone: ["Receiver gone", ""],
  redeliver: ["To be sent again", "accent"],
};

/**
 * Who or what a request waits for.
 *
 * @param {any} resource
 * @returns {string} "" when it waits for nobody
 */
export function waitsFor(resource) {
  const { status, approval, progress, options } = resource;
  if (status === "awaitingApproval") return people(approval);
  if (status === "needsAttention") return "an operator";
  if (status === "queued") {
    const place = progress.queuePosition;
    return place ? `a turn at the model (place ${place})` : "a turn at the model";
  }
  return status === "generating" ? `the model (${options.deployment ?? options.model})` : "";
}

/** @param {any} approval */
function people(approval) {
  if (!approval) return "people";
  const waiting = approval.waitingFor.map(person);
  if (!waiting.length) return approval.reviewers.length ? "the release" : "anyone who may decide";
  const rest = waiting.length - 2;
  return rest > 0 ? `${waiting.slice(0, 2).join(", ")} and ${rest} more` : waiting.join(" and ");
}

/** A pseudonym is of no use at full length. @param {string} name */
export const person = (name) => (name.startsWith("p:") ? `${name.slice(0, 10)}…` : name);

/** "approval.requested" from `darkroom.approval.requested`. @param {string} type */
export const eventName = (type) => type.replace(/^darkroom\./, "");
