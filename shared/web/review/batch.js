// @ts-check
/**
 * The page of whoever decides on a whole batch at once: every row is shown, one verdict is sent.
 *
 * A verdict is bound to all rows by the token, so nothing can be approved before all are here.
 */

import { ask } from "../common/api.js";
import { byId, fill } from "../common/dom.js";
import { announce, poll } from "../common/live.js";
import { plural } from "../common/words.js";
import { banner } from "./banner.js";
import { form, refresh } from "./batchform.js";
import { BatchRows } from "./batchpages.js";
import { RowCards } from "./batchrows.js";
import { head, people, statement } from "./batchsayings.js";
import { partsOf } from "./draw.js";

/**
 * @typedef {{row: number, id: string, standing: boolean, status: string, purpose: string | null,
 *   prompt: string | null, images: import("./view.js").Shot[]}} Row
 * @typedef {{round: number, reviewer: string, decision: string, rejected: number[], at: string,
 *   withdrawn: boolean, comment: string | null}} Said
 * @typedef {{id: string, name: string | null, caller: string, rows: number, state: string,
 *   reviewer: import("./view.js").View["reviewer"], items: Row[], continuation: string | null,
 *   now: string, approval: (import("./view.js").Approval & {round: number, rows: number,
 *     outcome: string | null, decisions: Said[]}) | null}} Batch
 * @typedef {"approve" | "reject"} Word
 * @typedef {{word: Word, comment: string}} RowMark
 */

const LOOK_MS = 10_000;

/** It outlives a visit to another link, with all that was chosen and read. */
export class BatchPage {
  batch = /** @type {Batch} */ (/** @type {unknown} */ (null));
  rows = new BatchRows();
  marks = /** @type {Map<number, RowMark>} */ (new Map());
  /** What rows are marked with until somebody says something else. */
  usual = /** @type {Word} */ ("approve");
  draft = { ticks: /** @type {Set<string>} */ (new Set()), comment: "" };
  #cards = new RowCards(this);
  #drawn = /** @type {Map<string, string>} */ (new Map());
  #later = /** @type {(() => void)[]} */ ([]);
  #reading = /** @type {Promise<boolean> | null} */ (null);
  #said = 0;
  #looking = /** @type {import("../common/live.js").Polling | null} */ (null);

  /** @param {import("./page.js").Page} page */
  constructor(page) {
    this.page = page;
    this.pictures = page.pictures;
    this.token = page.token;
    this.id = page.claims?.id;
  }

  start() {
    this.#drawn.clear();
    this.#later = [];
    this.#cards.clear();
    this.#looking = poll(() => this.#look(), LOOK_MS);
    this.#looking.now();
  }

  stop() {
    this.#looking?.stop();
  }

  async fresh() {
    await this.#looking?.fresh();
  }

  /** What the parts that it shares with the page of one request look at. */
  get view() {
    const { approval, reviewer } = this.batch;
    const asked = { ...approval, phase: "after", images: [], delegations: [], stages: [] };
    const stage = { name: approval?.stage ?? "", phase: "after", round: approval?.round ?? 0 };
    const request = { round: stage.round, approval: approval && asked };
    return /** @type {import("./view.js").View} */ (/** @type {any} */ ({ request, stage, reviewer }));
  }

  name = () => this.page.name();

  changed() {
    if (this.token === this.page.token) refresh(this);
  }

  /** @param {() => void} act */
  onNextLook(act) {
    this.#later.push(act);
  }

  /** @param {Row} row @returns {RowMark} */
  markOf(row) {
    const found = this.marks.get(row.row) ?? { word: this.usual, comment: "" };
    this.marks.set(row.row, found);
    return found;
  }

  /** @param {Word} word for every row that waits, here or not */
  markAll(word) {
    this.usual = word;
    this.standing().forEach((one) => this.#cards.mark(one, word));
    this.changed();
  }

  /** Those that still wait for the answer. */
  standing() {
    return this.rows.all().filter((one) => one.standing);
  }

  /** How many are asked about and not here yet. */
  unread() {
    return this.rows.complete() ? 0 : (this.batch.approval?.rows ?? 0) - this.rows.all().length;
  }

  /** What would be approved, and of which not every image has been shown. */
  unseen() {
    const kept = this.standing().filter((one) => this.markOf(one).word === "approve");
    return kept.filter(({ images }) => !images.length || !images.every((one) => this.pictures.shown(one)));
  }

  async #look() {
    const [at, said] = [this.rows.turn(), this.#said];
    const answer = await this.#asked(at);
    if (!answer) return false;
    // What was seen before a verdict is older than what the verdict was answered with.
    if (said === this.#said) this.batch = answer;
    this.rows.take(at, answer);
    this.page.meet(answer.now);
    banner(null);
    this.redraw();
    this.#later.splice(0).forEach((one) => one());
    return answer.state === "open";
  }

  /** Once at a time. @param {boolean} [focus] on the first new one */
  more(focus = true) {
    this.#reading ??= this.#more(focus).finally(() => (this.#reading = null));
    return this.#reading;
  }

  /** @param {boolean} focus */
  async #more(focus) {
    const at = this.rows.next();
    const answer = await this.#asked(at);
    if (!answer) return false;
    this.rows.take(at, answer);
    announce(`${this.rows.all().length} of ${plural(answer.approval?.rows ?? 0, "row")} are here.`);
    this.redraw();
    if (focus && answer.items.length) this.#cards.goTo(answer.items[0]);
    return true;
  }

  /** Whatever has not been shown yet and would be approved. */
  async showNext() {
    const [first] = this.unseen();
    if (first) this.#cards.goTo(first);
    else if (!this.rows.complete()) await this.more();
  }

  async showAll() {
    while (!this.rows.complete() && (await this.more(false)));
    await this.#cards.loadAll();
  }

  /** @param {number | null} at @returns {Promise<Batch | null>} */
  async #asked(at) {
    const headers = { "x-review-token": this.token };
    const query = new URLSearchParams(this.rows.query(at));
    const answer = await ask(`batches/${this.id}/review?${query}`, { headers });
    if (this.token !== this.page.token) return null;
    if (answer.ok) return answer.body;
    this.page.failed(answer);
    return null;
  }

  redraw() {
    const { batch } = this;
    const { approval, state, reviewer } = batch;
    const own = this.#own();
    const open = state === "open" && !own && !reviewer.answered;
    const part = partsOf(this.#drawn);
    document.title = `${batch.name || "Review"} · Darkroom`;
    part("head", [state, approval?.deadline], (place) => fill(place, head(batch, this.page.nowMs())));
    this.#cards.draw(open);
    const until = reviewer.withdrawUntil;
    const takeBack = Boolean(until) && Date.parse(until ?? "") > this.page.nowMs();
    part("decide", open ? [open, approval?.round] : [state, own, takeBack], (place) => {
      fill(place, open ? form(this) : statement(this, own, takeBack));
      place.dataset.open = String(open);
    });
    part("people", [state, approval], (place) => fill(place, people(batch)));
    this.changed();
  }

  #own() {
    const { approval, reviewer } = this.batch;
    const name = (reviewer.personal ? reviewer.name : this.name())?.toLowerCase();
    const given = (approval?.decisions ?? []).filter((one) => one.round === approval?.round);
    return given.findLast((one) => !one.withdrawn && name && one.reviewer.toLowerCase() === name) ?? null;
  }

  /** @param {object} body */
  async say(body) {
    const headers = { "x-review-token": this.token };
    const answer = await ask(`batches/${this.id}/decision`, { method: "POST", headers, body });
    if (answer.ok) {
      this.#said += 1;
      this.batch = answer.body;
    }
    return answer;
  }

  /** @param {string} told */
  async recorded(told = "Your verdict is recorded.") {
    this.redraw();
    byId("decide").setAttribute("tabindex", "-1");
    byId("decide").focus();
    announce(told);
  }

  async withdraw() {
    const reviewer = this.batch.reviewer.personal ? {} : { reviewer: this.name() };
    const answer = await this.say({ decision: "withdraw", ...reviewer });
    if (answer.ok) await this.recorded("Your verdict is taken back.");
    return answer;
  }
}
