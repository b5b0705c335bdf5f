// @ts-check
/**
 * The page of whoever decides on a whole batch at once: every row is shown, one verdict is sent.
 *
 * A verdict is bound to all rows by the token, so nothing can be approved before all are here.
 */

import { ask } from "../common/api.js";
import { byId, fill, h, icon } from "../common/dom.js";
import { announce, poll } from "../common/live.js";
import { moment, plural } from "../common/words.js";
import { form, refresh } from "./batchform.js";
import { rowCards } from "./batchrows.js";
import { problem } from "./problems.js";
import { rule, until } from "./sayings.js";
import { saying } from "./recorded.js";

/**
 * @typedef {{row: number, id: string, standing: boolean, status: string, purpose: string | null,
 *   prompt: string | null, images: import("./view.js").Shot[]}} Row
 * @typedef {{round: number, reviewer: string, decision: string, rejected: number[], at: string,
 *   withdrawn: boolean, comment: string | null}} Said
 * @typedef {{id: string, name: string | null, caller: string, rows: number, state: string,
 *   reviewer: import("./view.js").View["reviewer"], items: Row[], continuation: string | null,
 *   now: string, approval: (import("./view.js").Approval & {round: number, rows: number,
 *     outcome: string | null, decisions: Said[]}) | null}} Batch
 * @typedef {{word: "approve" | "reject", comment: string}} RowMark
 */

const LOOK_MS = 10_000;
const PAGE = 50;

export class BatchPage {
  batch = /** @type {Batch} */ (/** @type {unknown} */ (null));
  rows = /** @type {Row[]} */ ([]);
  marks = /** @type {Map<number, RowMark>} */ (new Map());
  draft = { ticks: /** @type {Set<string>} */ (new Set()), comment: "" };
  #rest = /** @type {string | null} */ (null);
  #open = /** @type {boolean | null} */ (null);
  #looking;

  /** @param {import("./review.js").Page} page */
  constructor(page) {
    this.page = page;
    this.pictures = page.pictures;
    this.token = page.token;
    this.#looking = poll(() => this.#look(), LOOK_MS);
    this.#looking.now();
  }

  stop() {
    this.#looking.stop();
  }

  fresh() {
    return this.#looking.fresh();
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

  /** @param {string} name */
  setName(name) {
    localStorage.setItem("darkroom.reviewer", name.trim());
    this.changed();
  }

  changed() {
    refresh(this);
  }

  /** Whether every row that is asked about is on the page. */
  complete() {
    return this.#rest === null;
  }

  /** @param {Row} row @returns {RowMark} */
  markOf(row) {
    const found = this.marks.get(row.row) ?? { word: "approve", comment: "" };
    this.marks.set(row.row, found);
    return found;
  }

  /** Those that still wait for the answer. */
  standing() {
    return this.rows.filter((one) => one.standing);
  }

  async #look() {
    const answer = await this.#asked(this.rows.length ? 1 : PAGE, null);
    if (!answer) return false;
    const first = !this.batch;
    this.batch = answer;
    if (first) this.#add(answer);
    this.#draw();
    return answer.state === "open";
  }

  async more() {
    const answer = await this.#asked(PAGE, this.#rest);
    if (!answer) return;
    this.#add(answer);
    announce(`${this.rows.length} of ${plural(answer.approval?.rows ?? 0, "row")} are shown.`);
    this.#drawRows(this.#open === true);
    this.changed();
  }

  /** @param {Batch} answer */
  #add(answer) {
    this.rows.push(...answer.items);
    this.#rest = answer.continuation;
  }

  /** @param {number} limit @param {string | null} rest @returns {Promise<Batch | null>} */
  async #asked(limit, rest) {
    const query = `limit=${limit}${rest ? `&continuation=${encodeURIComponent(rest)}` : ""}`;
    const headers = { "x-review-token": this.token };
    const answer = await ask(`batches/${this.page.claims?.id}/review?${query}`, { headers });
    if (this.token !== this.page.token) return null;
    if (answer.ok) return answer.body;
    this.page.failed(answer);
    return null;
  }

  #draw() {
    const { batch } = this;
    const own = this.#own();
    const open = batch.state === "open" && !own && !batch.reviewer.answered;
    document.title = `${batch.name || "Review"} · Darkroom`;
    fill(byId("head"), head(batch, this.page.nowMs()));
    if (open !== this.#open) this.#drawRows(open);
    const place = byId("decide");
    if (open !== this.#open || !open) fill(place, open ? form(this) : this.#standing(own));
    place.dataset.open = String(open);
    place.hidden = false;
    fill(byId("people"), people(batch));
    byId("people").hidden = false;
    this.#open = open;
    this.changed();
  }

  /** @param {boolean} open */
  #drawRows(open) {
    const place = byId("look");
    const button = { type: "button", id: "more", onclick: () => this.more() };
    fill(place, rowCards(this, open), !this.complete() && h("button", button, "Show more rows"));
    place.hidden = false;
  }

  #own() {
    const { approval, reviewer } = this.batch;
    const name = (reviewer.personal ? reviewer.name : this.name())?.toLowerCase();
    const given = (approval?.decisions ?? []).filter((one) => one.round === approval?.round);
    return given.findLast((one) => !one.withdrawn && name && one.reviewer.toLowerCase() === name) ?? null;
  }

  /** @param {Said | null} own */
  #standing(own) {
    const { state, reviewer } = this.batch;
    const until = reviewer.withdrawUntil;
    const takeBack = until && Date.parse(until) > this.page.nowMs();
    const button = { type: "button", onclick: () => this.withdraw() };
    const about = own ? { tone: "good", title: "Your verdict is recorded", text: `You ${said(own)}.` } : STANDING[state];
    return [...saying(about ?? STANDING.decided), takeBack && h("button", button, "Take it back")];
  }

  /** @param {object} body */
  async say(body) {
    const headers = { "x-review-token": this.token };
    const answer = await ask(`batches/${this.page.claims?.id}/decision`, { method: "POST", headers, body });
    if (answer.ok) {
      this.batch = answer.body;
      this.#open = null;
      this.#draw();
      byId("decide").setAttribute("tabindex", "-1");
      byId("decide").focus();
      announce("Your verdict is recorded.");
    }
    return answer;
  }

  async withdraw() {
    const reviewer = this.batch.reviewer.personal ? {} : { reviewer: this.name() };
    const answer = await this.say({ decision: "withdraw", ...reviewer });
    if (!answer.ok) announce(problem(answer).title);
  }
}

/** @type {Record<string, import("./sayings.js").Saying>} */
const STANDING = {
  open: { tone: "good", title: "Your verdict is recorded", text: "The others have to answer." },
  decided: { tone: "good", title: "This is decided", text: "Each row goes on by what was said of it." },
  closed: { tone: "warn", title: "The time for this review is over", text: "Nothing can be decided any more." },
  superseded: {
    tone: "accent",
    title: "There is something newer",
    text: "By now something else is asked about this batch. Please open the link in your newest message.",
  },
  notOpen: { tone: "accent", title: "There is nothing to decide at present", text: "You will be told when something is asked of you." },
};

/** @param {Batch} batch @param {number} nowMs */
function head({ name, caller, approval, state }, nowMs) {
  const deadline = approval && state === "open" && approval.deadline;
  const left = deadline && h("span", { class: "quiet", "data-until": deadline }, `(${until(deadline, nowMs)})`);
  const count = approval ? plural(approval.rows, "request") : "no requests";
  return [
    h("h1", { class: "break" }, name || "Review of a batch of AI-generated images"),
    h("p", { class: "quiet" }, `${count} at once, asked for by `, h("strong", {}, caller), "."),
    deadline && h("p", { class: "deadline" }, "Decide by ", h("strong", { class: "nowrap" }, moment(deadline)), " ", left),
  ];
}

/** @param {Said} one */
function said({ decision, rejected }) {
  if (decision === "reject") return "rejected all rows";
  return rejected.length ? `approved all but ${plural(rejected.length, "row")}` : "approved all rows";
}

/** @type {Record<string, () => Node>} */
const FACES = {
  approve: () => h("span", { class: "face", "data-tone": "good" }, icon("check")),
  reject: () => h("span", { class: "face", "data-tone": "bad" }, icon("cross")),
};

/** @param {Batch} batch */
function people({ approval }) {
  if (!approval) return h("h2", {}, "Who decides");
  const given = approval.decisions.filter((one) => !one.withdrawn && one.round === approval.round);
  const named = (/** @type {string} */ who) => (who.startsWith("p:") ? "A reviewer" : who === "anyone" ? "Somebody with the link" : who);
  const line = (/** @type {string} */ who, /** @type {string} */ what, /** @type {Node} */ face, words = "") =>
    h("li", {}, face, h("div", {}, h("p", { class: "break" }, h("strong", {}, named(who))), h("p", { class: "small" }, what), words && h("blockquote", { class: "small break" }, words)));
  const rows = [
    ...given.map((one) => line(one.reviewer, said(one), FACES[one.decision](), one.comment ?? "")),
    ...approval.waitingFor.map((who) => line(who, "has not answered yet", h("span", { class: "face" }, icon("clock")))),
  ];
  return [
    h("h2", {}, "Who decides"),
    h("p", { class: "quiet small" }, rule(approval).replaceAll("image", "row")),
    rows.length ? h("ul", { class: "people" }, rows) : h("p", {}, "Whoever has the link may decide."),
  ];
}
