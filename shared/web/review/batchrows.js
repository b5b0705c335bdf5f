// @ts-check
/** One card for each row of a batch: its images, and whether it is kept. */

import { byId, fill, h, icon } from "../common/dom.js";
import { show } from "./pictures.js";

/** @typedef {import("./batch.js").BatchPage} BatchPage */
/** @typedef {import("./batch.js").Row} Row */
/** @typedef {import("./batch.js").Word} Word */

const WORDS = /** @type {const} */ ([
  ["approve", "Keep", "good", "check"],
  ["reject", "Reject", "bad", "cross"],
]);
// These change with every look, and show nothing.
const PASSING = /^(url|urlExpiresAt)$/;

/** Drawn once, and again only where a row looks different: nobody loses a field or their place. */
export class RowCards {
  #made = /** @type {Map<number, {text: string, item: Element}>} */ (new Map());
  #list = h("ul");
  #seen;

  /** @param {BatchPage} page */
  constructor(page) {
    this.page = page;
    const come = (/** @type {IntersectionObserverEntry[]} */ entries) =>
      entries.filter((one) => one.isIntersecting).forEach((one) => this.#load(one.target));
    this.#seen = new IntersectionObserver(come, { rootMargin: "600px" });
  }

  /** The place is another page's by now. */
  clear() {
    this.#made.clear();
    this.#seen.disconnect();
  }

  /** @param {boolean} open whether a verdict is asked for */
  draw(open) {
    const place = byId("look");
    const onclick = () => this.page.more();
    const rows = this.page.rows.all();
    if (!this.#made.size) {
      this.#list = h("ul", { class: "shots", "data-count": Math.min(rows.length, 4) });
      fill(place, this.#list, h("button", { type: "button", id: "more", onclick }, "Show more rows"));
    }
    rows.forEach((row) => this.#row(row, open));
    byId("more").hidden = this.page.rows.complete();
    place.hidden = false;
  }

  /** @param {Row} row @param {boolean} open */
  #row(row, open) {
    const text = JSON.stringify([open, row], (key, value) => (PASSING.test(key) ? undefined : value));
    const known = this.#made.get(row.row);
    if (known?.text === text) return;
    const item = h("li", {}, card(this.page, row, open));
    item.querySelectorAll("img").forEach((/** @type {Element} */ one) => this.#seen.observe(one));
    if (known) known.item.replaceWith(item);
    else this.#list.append(item);
    this.#made.set(row.row, { text, item });
  }

  /** What is seen of it is fetched then. @param {Row} row */
  goTo(row) {
    const card = document.querySelector(`.shot[data-row="${row.row}"]`);
    if (!(card instanceof HTMLElement)) return;
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "start" });
  }

  async loadAll() {
    for (const image of this.#list.querySelectorAll("img:not([src])")) if (image.isConnected) await this.#load(image);
  }

  /** Only what comes near is fetched. @param {Element} image */
  async #load(image) {
    if (!(image instanceof HTMLImageElement)) return;
    this.#seen.unobserve(image);
    const row = this.page.rows.get(Number(image.dataset.row));
    const shot = row?.images.find((one) => String(one.index) === image.dataset.index);
    if (!row || !shot) return;
    const fault = await show(this.page.pictures, shot, image);
    if (!image.isConnected) return;
    if (fault === "differs") this.#refuse(row);
    if (fault === "offline") this.#again(row, image);
    this.page.changed();
  }

  /** Its link may be over: the row is read again first. @param {Row} row @param {Element} image */
  #again(row, image) {
    this.page.rows.want(row);
    this.page.onNextLook(() => this.#seen.observe(image));
  }

  /** Nobody may keep what could not be shown as it is recorded. @param {Row} row */
  #refuse(row) {
    const keep = document.getElementById(`word-${row.row}-approve`);
    if (keep instanceof HTMLInputElement) keep.disabled = true;
    this.mark(row, "reject");
  }

  /** @param {Row} row @param {Word} word */
  mark(row, word) {
    const input = document.getElementById(`word-${row.row}-${word}`);
    if (!(input instanceof HTMLInputElement) || input.disabled) return;
    input.checked = true;
    chosen(this.page, row, word);
  }
}

/** @param {BatchPage} page @param {Row} row @param {boolean} open */
function card(page, row, open) {
  const title = `row-${row.row}`;
  const gone = h("p", { class: "quiet" }, "It waits for no answer any more.");
  const word = open && row.standing ? page.markOf(row).word : null;
  return h(
    "article",
    { class: "shot", tabindex: "-1", "aria-labelledby": title, "data-row": row.row, "data-word": word },
    row.images.map((one) => frame(page, row, one)),
    h(
      "div",
      { class: "below" },
      h("h2", { id: title, class: "row-title" }, `Row ${row.row + 1}`),
      row.purpose && h("p", { class: "break", dir: "auto" }, row.purpose),
      row.prompt && h("p", { class: "quiet small break", dir: "auto" }, row.prompt),
      !row.standing ? gone : open && choice(page, row),
    ),
  );
}

/** @param {BatchPage} page @param {Row} row @param {import("./view.js").Shot} shot */
function frame(page, row, shot) {
  const alt = shot.altText || `Image ${shot.index + 1} of row ${row.row + 1}`;
  const { width, height, index, label } = shot;
  const image = h("img", { alt, width, height, dataset: { row: row.row, index } });
  const onclick = () => {
    const record = page.rows.get(row.row)?.images.find((one) => one.index === index) ?? shot;
    page.page.zoomItems([{ title: `Row ${row.row + 1}`, alt, label, record, before: null }], 0);
  };
  const zoom = h("span", { class: "hint-zoom" }, icon("zoom"), h("span", { class: "unseen" }, "Open large"));
  return h(
    "div",
    { class: "frame-of" },
    h("button", { class: "opener", type: "button", onclick }, image, zoom),
    h("span", { class: "ai-label" }, label),
  );
}

/** @param {BatchPage} page @param {Row} row */
function choice(page, row) {
  const mark = page.markOf(row);
  const options = WORDS.map(([word, text, tone, sign]) => {
    const onchange = () => {
      chosen(page, row, word);
      page.changed();
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
    h("textarea", { id, rows: 2, maxlength: 2000, dir: "auto", value: page.markOf(row).comment, oninput }),
  ];
}

/** The card shows what is chosen. @param {BatchPage} page @param {Row} row @param {Word} word */
function chosen(page, row, word) {
  page.markOf(row).word = word;
  const card = /** @type {HTMLElement | null} */ (document.querySelector(`.shot[data-row="${row.row}"]`));
  if (card) card.dataset.word = word;
  const place = card?.querySelector(".note");
  if (place instanceof HTMLElement) place.hidden = word !== "reject";
}
