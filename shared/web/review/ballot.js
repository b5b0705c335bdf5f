// @ts-check
/** A verdict while it is being made up: what is chosen, what is missing, and what is sent. */

import { plural } from "../common/words.js";
import { imagesOf } from "./sayings.js";
import { asked, stageOf } from "./view.js";

/**
 * @typedef {{word: "" | "approve" | "reject" | "revise", comment: string, altText: string | null}} Mark
 * @typedef {object} Draft
 * @property {Map<number, Mark>} marks by image
 * @property {"" | "approve" | "reject"} word of a stage before generation
 * @property {Set<string>} ticks
 * @property {string} comment
 * @property {string} anew what is said where it began in the middle of another
 * @typedef {import("./view.js").View} View
 * @typedef {{id: string, text: string}} Gap what is missing, and the field where it belongs
 */

const NAMELESS = { id: "reviewer", text: "Say who you are: your mail address." };
const UNDECIDED = { id: "word-approve", text: "Choose whether it may be generated." };

/** @returns {Draft} */
export function newDraft() {
  return { marks: new Map(), word: "", ticks: new Set(), comment: "", anew: "" };
}

/** @param {Draft} draft @param {number} index @returns {Mark} */
export function markOf(draft, index) {
  const found = draft.marks.get(index) ?? { word: "", comment: "", altText: null };
  draft.marks.set(index, found);
  return found;
}

/**
 * @param {Draft} draft
 * @param {View} view
 * @param {string} word
 * @returns {number[]} numbers as people count
 */
function marked(draft, view, word) {
  return asked(view).filter((one) => markOf(draft, one.index).word === word).map((one) => one.index + 1);
}

/** The word for the whole. @param {Draft} draft @param {View} view */
export function wordOf(draft, view) {
  if (view.stage.phase === "before") return draft.word;
  if (marked(draft, view, "revise").length) return "revise";
  if (marked(draft, view, "").length) return "";
  return marked(draft, view, "approve").length ? "approve" : "reject";
}

/** What pressing the button would do, in one sentence. @param {Draft} draft @param {View} view */
export function summary(draft, view) {
  if (view.stage.phase === "before") return "";
  const words = ["approve", "reject", "revise", ""];
  const [kept, dropped, wished, open] = words.map((word) => marked(draft, view, word));
  if (wished.length) return wish(wished, kept);
  if (open.length === asked(view).length) return `Choose${open.length > 1 ? " for each image" : ""}: keep, reject or change.`;
  if (open.length) return `Still to choose: ${imagesOf(open)}.`;
  if (!kept.length) return `Reject ${imagesOf(dropped)}.`;
  const rest = dropped.length ? `, reject ${imagesOf(dropped)}` : "";
  return `Keep ${imagesOf(kept)}${rest}.`;
}

/** @param {number[]} wished @param {number[]} kept */
function wish(wished, kept) {
  const several = wished.length > 1 ? ", the first one marked “Change”," : "";
  const first = `Image ${wished[0]}${several} is changed`;
  const rest = kept.length ? ` Keeping ${imagesOf(kept)} has no effect then.` : "";
  return `${first} in another round; nothing of this round is released.${rest}`;
}

/** @param {Draft} draft @param {View} view */
export function buttonText(draft, view) {
  const word = wordOf(draft, view);
  if (view.stage.phase === "before") return "Send verdict";
  if (word === "revise") return "Ask for another round";
  if (word === "reject") return asked(view).length > 1 ? "Reject all images" : "Reject the image";
  if (word === "approve") return `Approve ${plural(marked(draft, view, "approve").length, "image")}`;
  return "Send verdict";
}

/**
 * @param {Draft} draft
 * @param {View} view
 * @param {{name: string, needsName: boolean, shown: (shot: import("./view.js").Shot) => boolean}} who
 * @returns {Gap[]}
 */
export function gaps(draft, view, who) {
  const found = /** @type {Gap[]} */ ([]);
  const word = wordOf(draft, view);
  if (who.needsName && !who.name) found.push(NAMELESS);
  if (view.stage.phase === "before" && !draft.word) found.push(UNDECIDED);
  if (word !== "revise") found.push(...openImages(draft, view));
  if (word === "revise") found.push(...missingWish(draft, view));
  if (word === "approve") found.push(...unseen(draft, view, who.shown), ...missingTicks(draft, view));
  return found;
}

/** @param {Draft} draft @param {View} view @returns {Gap[]} */
function openImages(draft, view) {
  return marked(draft, view, "").map((number) => ({
    id: `word-${number - 1}-approve`,
    text: `Image ${number}: keep it, reject it, or ask for a change.`,
  }));
}

/** @param {Draft} draft @param {View} view @returns {Gap[]} */
function missingWish(draft, view) {
  const [first] = marked(draft, view, "revise");
  const told = draft.comment.trim() || markOf(draft, first - 1).comment.trim();
  return told ? [] : [{ id: `words-${first - 1}`, text: `Image ${first}: say what is to be changed.` }];
}

/** @param {Draft} draft @param {View} view @param {(shot: import("./view.js").Shot) => boolean} shown @returns {Gap[]} */
function unseen(draft, view, shown) {
  const kept = asked(view).filter((one) => markOf(draft, one.index).word === "approve" && !shown(one));
  return kept.map(({ index }) => ({
    id: `word-${index}-reject`,
    text: `Image ${index + 1} has not been shown yet. Wait until it is there, or reject it.`,
  }));
}

/** @param {Draft} draft @param {View} view @returns {Gap[]} */
function missingTicks(draft, view) {
  const list = stageOf(view)?.checklist ?? [];
  const all = list.map((one, k) => ({ id: `tick-${k}`, text: `Not ticked: ${one}`, one }));
  return all.filter(({ one }) => !draft.ticks.has(one));
}

/**
 * The body of `POST /images/{id}/decision`.
 *
 * @param {Draft} draft
 * @param {View} view
 * @param {string} name
 * @param {(shot: import("./view.js").Shot) => string | null} digestOf what was really shown
 */
export function bodyOf(draft, view, name, digestOf) {
  const word = wordOf(draft, view);
  const named = asked(view).filter((one) => counts(markOf(draft, one.index).word, word));
  const ticks = word === "approve" ? [...draft.ticks] : [];
  const image = (/** @type {import("./view.js").Shot} */ one) =>
    imageOf(markOf(draft, one.index), one, word, digestOf(one));
  return {
    decision: word,
    ...place(view, name),
    ...(draft.comment.trim() && { comment: draft.comment.trim() }),
    ...(ticks.length && { checklist: ticks }),
    ...(named.length && { images: named.map(image) }),
  };
}

/** A wish is about what is not right; what is kept says nothing then. @param {string} mark @param {string} word */
function counts(mark, word) {
  return mark !== "" && !(word === "revise" && mark === "approve");
}

/** @param {Mark} mark @param {import("./view.js").Shot} shot @param {string} word @param {string | null} digest */
function imageOf(mark, shot, word, digest) {
  const comment = mark.word === "approve" ? "" : mark.comment.trim();
  // Nothing where it is as it was; an empty one says that there shall be none.
  const text = (mark.altText ?? shot.altText ?? "").trim();
  return {
    index: shot.index,
    decision: mark.word,
    ...(digest && { sha256: digest }),
    ...(comment && { comment }),
    ...(text !== (shot.altText ?? "") && word === "approve" && { altText: text }),
  };
}

/** What every verdict names. @param {View} view @param {string} name */
export function place(view, name) {
  const { name: stage, round } = view.stage;
  return { stage, round, ...(name && !view.reviewer.personal && { reviewer: name }) };
}
