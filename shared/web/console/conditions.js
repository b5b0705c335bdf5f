// @ts-check
/** What a rule looks for, as a sentence: all parts have to be so, and of a list one is enough. */

import { list, plural } from "../common/words.js";

// So many of a list are named; the rest is counted.
const NAMED = 6;
const FIELDS = /** @type {Record<string, string>} */ ({
  purpose: "a purpose",
  altText: "an alt text",
  requestedBy: "the name of who asks",
  costCenter: "a cost centre",
});

/** @param {string[]} all @param {(one: string) => string} [shown] */
function some(all, shown = (one) => one) {
  const named = all.slice(0, NAMED).map(shown);
  const rest = all.length - named.length;
  if (rest) return `${named.join(", ")} or ${plural(rest, "other")}`;
  return named.length < 2 ? named[0] : `${named.slice(0, -1).join(", ")} or ${named[named.length - 1]}`;
}

const quoted = (/** @type {string} */ one) => `“${one}”`;

/** @param {string[]} names */
function templatesOf(names) {
  const kinds = { none: "no template", any: "any template" };
  return `with ${some(names, (one) => kinds[/** @type {"none" | "any"} */ (one)] ?? quoted(one))}`;
}

/** Each part of a condition, in the order in which it is told. @type {Record<string, (value: any) => string>} */
const PARTS = {
  words: (all) => `the prompt has ${some(all, quoted)}`,
  patterns: (all) => `the prompt matches ${some(all)}`,
  callers: (all) => `the caller is ${some(all)}`,
  templates: (all) => templatesOf(all),
  models: (all) => `the model is ${some(all)}`,
  sizes: (all) => `the size is ${some(all)}`,
  qualities: (all) => `the quality is ${some(all)}`,
  formats: (all) => `the format is ${some(all)}`,
  imagesOver: (most) => `more than ${plural(most, "image")} are asked for`,
  costOverUsd: (most) => `it may cost more than ${most} USD`,
  inputs: (given) => (given ? "images are given to be edited" : "no images are given to be edited"),
  missing: (all) => `${some(all, (one) => FIELDS[one] ?? one)} is missing`,
  approval: () => "no approval is asked for",
  includePrompt: (asked) => (asked ? "prompts are to stand in events" : "prompts stand in no event"),
  reuse: (allowed) => `an image that was approved before ${allowed ? "may" : "may not"} be the answer`,
};

/** @param {any} when */
export function conditionOf({ not, ...when }) {
  const said = partsOf(when);
  const but = not ? [`not when ${list(partsOf(not))}`] : [];
  const told = [...said, ...but];
  if (!told.length) return "always";
  const text = said.length ? [list(said), ...but].join(", but ") : `always, but ${but[0]}`;
  return text[0].toUpperCase() + text.slice(1);
}

/** @param {any} when @returns {string[]} a part that is not known here tells its name */
function partsOf(when) {
  const names = Object.keys(when).sort((one, other) => order(one) - order(other));
  return names.map((name) => PARTS[name]?.(when[name]) ?? name);
}

const ORDER = Object.keys(PARTS);

/** @param {string} name */
const order = (name) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
