// @ts-check
/** One card for each image: look at it, choose for it, say why. */

import { h, icon, setText } from "../common/dom.js";
import { bytes, origin, shortDigest } from "../common/words.js";
import { markOf } from "./ballot.js";
import { show } from "./pictures.js";
import { asked, imagesMade } from "./view.js";

/** @typedef {import("./page.js").Page} Page */
/** @typedef {import("./view.js").Shot} Shot */

const WORDS = /** @type {const} */ ([
  ["approve", "Keep", "good", "check"],
  ["reject", "Reject", "bad", "cross"],
  ["revise", "Change", "warn", "pencil"],
]);
/** @type {Record<string, {label: string, hint: string}>} */
const NOTES = {
  reject: { label: "Why not? (optional)", hint: "It stays with the record, beside this image." },
  revise: { label: "What should change?", hint: "The model is asked for this in the next round." },
};

const WANTED = "What the image shows, for people who cannot see it.";
const DRAFTED = "A draft by a model that looked at the image: check it, correct it, or clear it.";

/** What people hear where they cannot see it. @param {Shot} shot @param {number} number @param {number} total */
export function altOf(shot, number, total) {
  const place = `Image ${number} of ${total}`;
  if (shot.altTextBy === "model") return `${place}. A model describes it as: ${shot.altText}`;
  return shot.altText || place;
}

/**
 * @param {Page} page
 * @param {boolean} open whether a verdict is asked for
 * @param {import("./view.js").Decision | null} own the one that was given
 */
export function cards(page, open, own) {
  const shots = asked(page.view);
  const below = (/** @type {Shot} */ shot) => (open ? choice(page, shot) : outcome(shot, own));
  const list = shots.map((shot, at) => h("li", {}, card(page, shot, at, below(shot))));
  if (open) shots.forEach((shot, at) => reflect(page, shot, list[at].firstElementChild));
  return h("ul", { class: "shots", "data-count": Math.min(shots.length, 4) }, list);
}

/** @param {Page} page @param {Shot} shot @param {number} at @param {Node} below */
function card(page, shot, at, below) {
  const title = `shot-${shot.index}`;
  return h(
    "article",
    { class: "shot", tabindex: "-1", "aria-labelledby": title, "data-index": shot.index },
    frame(page, shot, at),
    h("div", { class: "below" }, heading(shot, title), below),
  );
}

/** @param {Page} page @param {Shot} shot @param {number} at */
function frame(page, shot, at) {
  const { width, height } = shot;
  const image = h("img", { alt: altOf(shot, shot.index + 1, imagesMade(page.view)), width, height });
  const opener = h(
    "button",
    { class: "opener", type: "button", onclick: () => page.zoom(at) },
    image,
    h("span", { class: "hint-zoom" }, icon("zoom"), h("span", { class: "unseen" }, "Open large")),
  );
  loaded(page, shot, image);
  return h("div", { class: "frame-of" }, opener, h("span", { class: "ai-label" }, shot.label));
}

/**
 * Nobody may keep what could not be shown as it is recorded.
 *
 * @param {Page} page
 * @param {Shot} shot
 * @param {HTMLImageElement} image
 */
async function loaded(page, shot, image) {
  const fault = await show(page.pictures, shot, image);
  if (!image.isConnected) return;
  const keep = document.getElementById(`word-${shot.index}-approve`);
  if (keep instanceof HTMLInputElement) {
    keep.disabled = Boolean(fault);
    if (keep.checked && fault === "differs") setWord(shot.index, "reject");
  }
  page.changed();
  if (fault === "offline") page.onNextLook(() => loaded(page, current(page, shot), image));
}

/** The same image with a link that is still good. @param {Page} page @param {Shot} shot */
function current(page, shot) {
  return asked(page.view).find((one) => one.sha256 === shot.sha256) ?? shot;
}

/** @param {Shot} shot @param {string} id */
function heading(shot, id) {
  const kind = shot.contentType.replace("image/", "").toUpperCase();
  const size = `${shot.width} × ${shot.height} · ${kind} · ${bytes(shot.bytes)}`;
  const found = origin(shot.provenance);
  return h(
    "header",
    { class: "shot-head" },
    h("h3", { id }, `Image ${shot.index + 1}`),
    h("p", { class: "quiet small" }, size),
    found ? h("p", { class: "quiet small break" }, found) : null,
    digest(shot.sha256),
  );
}

/** The short form to compare by eye; the whole one to copy. @param {string} sha256 */
function digest(sha256) {
  const said = h("span", { class: "copied", role: "status" });
  const copy = async () => setText(said, (await copied(sha256)) ? "Copied." : "It could not be copied.");
  const text = `SHA-256 ${shortDigest(sha256)}`;
  return h(
    "button",
    { class: "digest mono", type: "button", title: sha256, onclick: copy },
    text,
    icon("copy"),
    h("span", { class: "unseen" }, "Copy the whole digest"),
    said,
  );
}

/** There is no clipboard on a page that did not come over a safe connection. @param {string} text */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** @param {Page} page @param {Shot} shot */
function choice(page, shot) {
  const { index } = shot;
  const mark = markOf(page.draft, index);
  const options = WORDS.map(([word, text, tone, sign]) => {
    const id = `word-${index}-${word}`;
    const off = word === "revise" && page.view.roundsLeft < 1;
    const input = h("input", {
      ...{ type: "radio", name: `word-${index}`, id, value: word, disabled: off },
      ...{ checked: mark.word === word, "data-tone": tone },
      onchange: () => chosen(page, shot, word),
    });
    return h("label", {}, input, h("span", {}, icon(sign), text));
  });
  return h(
    "fieldset",
    { class: "stack" },
    h("legend", { class: "unseen" }, `Verdict on image ${index + 1}`),
    h("div", { class: "choice" }, options),
    h("div", { class: "field note" }),
  );
}

/** @param {Page} page @param {Shot} shot @param {"approve" | "reject" | "revise"} word */
function chosen(page, shot, word) {
  markOf(page.draft, shot.index).word = word;
  const made = document.querySelector(`.shot[data-index="${shot.index}"]`);
  if (made) reflect(page, shot, made);
  page.changed();
}

/**
 * The card shows what is chosen, and asks for what goes with it.
 *
 * @param {Page} page
 * @param {Shot} shot
 * @param {any} made
 */
function reflect(page, shot, made) {
  const mark = markOf(page.draft, shot.index);
  const place = made.querySelector(".note");
  made.dataset.word = mark.word;
  place.hidden = !mark.word;
  const field = mark.word === "approve" ? altField : noteField;
  place.replaceChildren(...(mark.word ? field(page, shot) : []));
}

/** @param {Page} page @param {Shot} shot */
function altField(page, shot) {
  const mark = markOf(page.draft, shot.index);
  const id = `alt-${shot.index}`;
  const oninput = (/** @type {any} */ event) => (mark.altText = event.target.value);
  return [
    h("label", { for: id }, "Alt text"),
    h("textarea", {
      ...{ id, rows: 1, maxlength: 2000, class: "short", dir: "auto", oninput },
      ...{ value: mark.altText ?? shot.altText ?? "", "aria-describedby": `${id}-hint` },
    }),
    h("p", { class: "hint", id: `${id}-hint` }, shot.altTextBy === "model" ? DRAFTED : WANTED),
  ];
}

/** @param {Page} page @param {Shot} shot */
function noteField(page, shot) {
  const mark = markOf(page.draft, shot.index);
  const { label, hint } = NOTES[mark.word];
  const id = `words-${shot.index}`;
  const oninput = (/** @type {any} */ event) => {
    mark.comment = event.target.value;
    page.changed();
  };
  return [
    h("label", { for: id }, label),
    h("textarea", {
      ...{ id, rows: 2, maxlength: 1000, dir: "auto", value: mark.comment, oninput },
      "aria-describedby": `${id}-hint`,
    }),
    h("p", { class: "hint", id: `${id}-hint` }, hint),
  ];
}

/** @param {number} index @param {string} word @returns {boolean} whether it could be chosen */
export function setWord(index, word) {
  const input = document.getElementById(`word-${index}-${word}`);
  if (!(input instanceof HTMLInputElement) || input.disabled) return false;
  if (!input.checked) {
    input.checked = true;
    input.dispatchEvent(new Event("change"));
  }
  return true;
}

/** @type {Record<string, [string, string]>} */
const ENDS = {
  approved: ["good", "Released"],
  rejected: ["bad", "Not released"],
  superseded: ["", "Not used"],
  review: ["accent", "Under review"],
};
/** @type {Record<string, [string, string]>} */
const CHOSEN = {
  approve: ["good", "You kept it"],
  reject: ["bad", "You rejected it"],
  revise: ["warn", "You asked for a change"],
};

/** @param {Shot} shot @param {import("./view.js").Decision | null} own */
function outcome(shot, own) {
  const mark = own?.images.find((one) => one.index === shot.index);
  const badges = [mark && CHOSEN[mark.decision], ENDS[shot.state]].filter(Boolean);
  const made = badges.map((one) => h("span", { class: "badge", "data-tone": one?.[0] }, one?.[1]));
  return h("p", { class: "buttons" }, made);
}
