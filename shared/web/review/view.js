// @ts-check
/** What the app says of a review, and the questions the page asks of it. */

/**
 * @typedef {{index: number, round: number, state: string, sha256: string, width: number,
 *   height: number, bytes: number, contentType: string, url: string | null,
 *   altText: string | null, altTextBy: string | null, label: string,
 *   provenance: {c2pa: string, generator: string | null} | null}} Shot
 * @typedef {{index: number, decision: string, comment: string | null}} ShotVerdict
 * @typedef {{stage: string, round: number, reviewer: string, decision: string, at: string,
 *   images: ShotVerdict[], withdrawn: boolean, comment: string | null, via: string}} Decision
 * @typedef {{phase: string, stage: string, deadline: string, reviewers: string[],
 *   rule: string | {atLeast: number}, veto: boolean, checklist: string[], images: number[],
 *   verdict: string, waitingFor: string[], escalated: boolean, decisions: Decision[],
 *   delegations: {reviewer: string, to: string}[],
 *   stages: {phase: string, name: string}[]}} Approval
 * @typedef {{round: number, parent: number | null, edit: boolean, feedback: string[],
 *   images: Shot[]}} Round
 * @typedef {{index: number, role: string, sha256: string | null, url: string | null,
 *   width: number | null, height: number | null}} Input
 * @typedef {{request: any, prompt: string | null, state: string, roundsLeft: number, now: string,
 *   stage: {phase: string, name: string, round: number}, rounds: Round[], inputs: Input[],
 *   reviewer: {name: string | null, personal: boolean, caller: string | null, mayDecide: boolean, answered: boolean, mayDelegate: boolean,
 *     withdrawUntil: string | null}}} View
 * @typedef {{id: string, phase: string, stage: string, round: number, reviewer: string}} Claims
 */

const REQUEST = /^request=(\w+)$/;

/** Whether it names a request only, for whoever has a key. @param {string} token */
export const isKeyed = (token) => REQUEST.test(token);

/**
 * What stands in the token, to know whom to ask; only the app can say whether it is true. Without
 * one it is a request, as `request=<id>`, for whoever has a key.
 *
 * @param {string} token
 * @returns {Claims | null}
 */
export function claimsOf(token) {
  const named = REQUEST.exec(token);
  if (named) return { id: named[1], phase: "", stage: "", round: 0, reviewer: "*" };
  try {
    const text = token.split(".")[2].replace(/-/g, "+").replace(/_/g, "/");
    const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
    const [id, phase, stage, round, , reviewer] = JSON.parse(new TextDecoder().decode(bytes));
    return /^\w+$/.test(id) ? { id, phase, stage, round, reviewer } : null;
  } catch {
    return null;
  }
}

/** @param {View} view @returns {Approval | null} of the stage the link is for, if it is the latest */
export function stageOf(view) {
  const found = view.request.approval;
  const same = found && found.stage === view.stage.name && found.phase === view.stage.phase;
  return same && view.request.round === view.stage.round ? found : null;
}

/** What is asked when a month's budget is used up; of links none can answer. @param {View} view */
export const isSpending = (view) => view.stage.name === "spend";

/** The images that are decided about now. @param {View} view @returns {Shot[]} */
export function asked(view) {
  const round = view.rounds.find((one) => one.round === view.stage.round);
  if (!round || view.stage.phase === "before") return [];
  const indices = stageOf(view)?.images ?? [];
  const kept = round.images.filter((one) => indices.includes(one.index));
  return kept.length ? kept : round.images;
}

/** How many images the round has, also those that an earlier stage has rejected. @param {View} view */
export function imagesMade(view) {
  return view.rounds.find((one) => one.round === view.stage.round)?.images.length ?? 0;
}

/** @param {View} view @returns {Round[]} those before the present one, newest first */
export function earlier(view) {
  return view.rounds.filter((one) => one.round < view.stage.round && one.images.length).reverse();
}

/**
 * What an image came from: the image of the round before, else what was given to be edited.
 *
 * @param {View} view
 * @param {number} number of the round
 * @returns {{label: string, shot: Shot | Input, key: string} | null}
 */
export function before(view, number) {
  const round = view.rounds.find((one) => one.round === number);
  const last = view.rounds.find((one) => one.round === number - 1);
  const shot = round?.parent != null && last?.images.find((one) => one.index === round.parent);
  if (shot && shot.url) {
    const label = `Round ${number - 1}, image ${shot.index + 1}`;
    return { label, shot, key: shot.sha256 };
  }
  const input = view.inputs.find((one) => one.role === "image" && one.url && one.sha256);
  return input ? { label: "The image that was given", shot: input, key: input.sha256 ?? "" } : null;
}

/** @param {View} view @param {string} name @returns {string[]} by which the reviewer is known */
function knownAs(view, name) {
  const own = view.reviewer.personal ? view.reviewer.name : name;
  return own ? [own.trim().toLowerCase()] : [];
}

/**
 * The reviewer's own verdict on this stage and round, as long as it stands.
 *
 * @param {View} view
 * @param {string[]} names by which they may stand in the record
 * @returns {Decision | null}
 */
export function mine(view, names) {
  return verdicts(view).findLast((one) => names.includes(one.reviewer.toLowerCase())) ?? null;
}

/** Those that stand on the link's stage and round. @param {View} view @returns {Decision[]} */
export function verdicts(view) {
  const { name, round } = view.stage;
  const all = /** @type {Decision[]} */ (view.request.approval?.decisions ?? []);
  return all.filter((one) => !one.withdrawn && one.stage === name && one.round === round);
}

/** To whom the place was given, if it was. @param {View} view @param {string} name */
export function givenTo(view, name) {
  const names = knownAs(view, name);
  const given = stageOf(view)?.delegations ?? [];
  return given.findLast((one) => names.includes(one.reviewer.toLowerCase()))?.to ?? null;
}

/**
 * What was said of the round as a whole: the app joins it with what was said of each image.
 *
 * @param {Decision} decision
 */
export function ownWords(decision) {
  const told = decision.images.filter((one) => one.comment);
  const tail = told.map((one) => `Image ${one.index}: ${one.comment}`).join("\n");
  const text = decision.comment ?? "";
  return tail && text.endsWith(tail) ? text.slice(0, -tail.length).trim() : text;
}

/** Whether the stage has its outcome, which may not be in effect yet. @param {View} view */
export function settled(view) {
  return view.state === "decided" || stageOf(view)?.verdict !== "open";
}

/**
 * Whether the reviewer's verdict can still be taken back. Of a link that is nobody's own the app
 * does not know: while it may be so it is offered, and refused when it is too late.
 *
 * @param {View} view
 * @param {number} nowMs
 */
export function mayWithdraw(view, nowMs) {
  const until = view.reviewer.withdrawUntil;
  if (until || view.reviewer.personal) return Boolean(until) && Date.parse(until ?? "") > nowMs;
  const undecided = view.request.status === "awaitingApproval" && stageOf(view) !== null;
  return undecided && ["open", "decided"].includes(view.state);
}
