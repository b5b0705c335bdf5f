// @ts-check
/** One card for each row of a batch: its images, and whether it is kept. */

import { h, icon } from "../common/dom.js";
import { show } from "./pictures.js";

/** @typedef {import("./batch.js").BatchPage} BatchPage */
/** @typedef {import("./batch.js").Row} Row */

const WORDS = /** @type {const} */ ([
  ["approve", "Keep", "good", "check"],
  ["reject", "Reject", "bad", "cross"],
]);

/** @param {BatchPage} page @param {boolean} open whether a verdict is asked for */
export function rowCards(page, open) {
  const seen = new IntersectionObserver((entries) => entries.forEach((one) => one.isIntersecting && load(page, seen, one.target)), { rootMargin: "600px" });
  const list = page.rows.map((row) => h("li", {}, card(page, row, open, seen)));
  return h("ul", { class: "shots", "data-count": Math.min(list.length, 4) }, list);
}

/** @param {BatchPage} page @param {Row} row @param {boolean} open @param {IntersectionObserver} seen */
function card(page, row, open, seen) {
  const title = `row-${row.row}`;
  const gone = h("p", { class: "quiet" }, "It waits for no answer any more.");
  return h(
    "article",
    { class: "shot", "aria-labelledby": title, "data-row": row.row, "data-word": open && row.standing ? page.markOf(row).word : null },
    row.images.map((one) => frame(page, row, one, seen)),
    h(
      "div",
      { class: "below" },
      h("h2", { id: title, class: "row-title" }, `Row ${row.row + 1}`),
      row.purpose && h("p", { class: "break" }, row.purpose),
      row.prompt && h("p", { class: "quiet small break" }, row.prompt),
      !row.standing ? gone : open && choice(page, row),
    ),
  );
}

/** @param {BatchPage} page @param {Row} row @param {import("./view.js").Shot} shot @param {IntersectionObserver} seen */
function frame(page, row, shot, seen) {
  const alt = shot.altText || `Image ${shot.index + 1} of row ${row.row + 1}`;
  const { width, height } = shot;
  const image = h("img", { alt, width, height, dataset: { row: row.row, index: shot.index } });
  seen.observe(image);
  const item = { title: `Row ${row.row + 1}`, alt, label: shot.label, record: shot, before: null };
  const open = () => page.page.zoomItems([item], 0);
  const button = { class: "opener", type: "button", onclick: open };
  return h(
    "div",
    { class: "frame-of" },
    h("button", button, image, h("span", { class: "hint-zoom" }, icon("zoom"), h("span", { class: "unseen" }, "Open large"))),
    h("span", { class: "ai-label" }, shot.label),
  );
}

/**
 * Only what comes near is fetched; nobody may keep what could not be shown as it is recorded.
 *
 * @param {BatchPage} page @param {IntersectionObserver} seen @param {Element} image
 */
async function load(page, seen, image) {
  if (!(image instanceof HTMLImageElement)) return;
  seen.unobserve(image);
  const row = page.rows.find((one) => String(one.row) === image.dataset.row);
  const shot = row?.images.find((one) => String(one.index) === image.dataset.index);
  if (!row || !shot) return;
  const fault = await show(page.pictures, shot, image);
  if (fault === "differs") refuse(page, row);
  if (fault === "offline") setTimeout(() => seen.observe(image), 5000);
}

/** @param {BatchPage} page @param {Row} row */
function refuse(page, row) {
  page.markOf(row).word = "reject";
  const [keep, reject] = ["approve", "reject"].map((word) => document.getElementById(`word-${row.row}-${word}`));
  if (keep instanceof HTMLInputElement) keep.disabled = true;
  if (reject instanceof HTMLInputElement) reject.checked = true;
  marked(page, row);
}

/** @param {BatchPage} page @param {Row} row */
function choice(page, row) {
  const mark = page.markOf(row);
  const options = WORDS.map(([word, text, tone, sign]) => {
    const onchange = () => {
      mark.word = word;
      marked(page, row);
    };
    const id = `word-${row.row}-${word}`;
    const input = h("input", { type: "radio", name: `word-${row.row}`, id, value: word, checked: mark.word === word, "data-tone": tone, onchange });
    return h("label", {}, input, h("span", {}, icon(sign), text));
  });
  return h(
    "fieldset",
    { class: "stack" },
    h("legend", { class: "unseen" }, `Verdict on row ${row.row + 1}`),
    h("div", { class: "choice" }, options),
    h("div", { class: "field note", hidden: mark.word !== "reject" }, note(page, row)),
  );
}

/** @param {BatchPage} page @param {Row} row */
function note(page, row) {
  const id = `why-${row.row}`;
  const oninput = (/** @type {any} */ event) => {
    page.markOf(row).comment = event.target.value;
  };
  return [
    h("label", { for: id }, "Why not? (optional)"),
    h("textarea", { id, rows: 2, maxlength: 2000, value: page.markOf(row).comment, oninput }),
  ];
}

/** The card shows what is chosen. @param {BatchPage} page @param {Row} row */
function marked(page, row) {
  const word = page.markOf(row).word;
  const card = /** @type {HTMLElement | null} */ (document.querySelector(`.shot[data-row="${row.row}"]`));
  if (card) card.dataset.word = word;
  const place = card?.querySelector(".note");
  if (place instanceof HTMLElement) place.hidden = word !== "reject";
  page.changed();
}
