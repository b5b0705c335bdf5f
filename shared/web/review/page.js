// @ts-check
/** The page of one link at a time: what it asks, what was made up for it, and what is sent. */

import { ask } from "../common/api.js";
import { byId, fill } from "../common/dom.js";
import { announce, poll } from "../common/live.js";
import { newDraft, place } from "./ballot.js";
import { banner } from "./banner.js";
import { BatchPage } from "./batch.js";
import { askForKey, deadEnd, rightOf, showLeave } from "./by_key.js";
import { refreshForm } from "./decide.js";
import { askForDelegate } from "./dialogs.js";
import { Drafts } from "./drafts.js";
import { draw, tick } from "./draw.js";
import { drawInbox, isOf, showList, waiting } from "./inbox.js";
import { Me, myName } from "./me.js";
import { news } from "./people.js";
import { Pictures } from "./pictures.js";
import { problem } from "./problems.js";
import { startsAnew } from "./sayings.js";
import { claimsOf, isKeyed } from "./view.js";
import { itemsOf, makeViewer } from "./viewer.js";

const LOOK_MS = 3000;
// Nothing more will happen: it is enough to look now and then.
const OVER = ["approved", "rejected", "expired", "failed", "cancelled"];
// Refusals of the token itself; looking again would not help.
const FINAL = ["invalid_token", "expired_token", "not_found", "forbidden"];

export class Page {
  token = "";
  claims = /** @type {import("./view.js").Claims | null} */ (null);
  view = /** @type {import("./view.js").View} */ (/** @type {unknown} */ (null));
  draft = newDraft();
  pictures = new Pictures();
  items = /** @type {import("./inbox.js").Item[] | null} */ (null);
  me = new Me();
  batches = /** @type {Drafts<BatchPage>} */ (new Drafts());
  drafts = /** @type {Drafts<import("./ballot.js").Draft>} */ (new Drafts());
  #drawn = /** @type {Map<string, string>} */ (new Map());
  #later = /** @type {(() => void)[]} */ ([]);
  #aheadMs = 0;
  #viewer = makeViewer(byId("viewer"), this.pictures);
  #looking = /** @type {import("../common/live.js").Polling | BatchPage | null} */ (null);

  nowMs = () => Date.now() + this.#aheadMs;

  /** @param {string} now by the clock that deadlines go by */
  meet(now) {
    this.#aheadMs = Date.parse(now) - Date.now();
  }

  /** Begin with the link in the fragment. */
  begin() {
    this.#looking?.stop();
    this.token = location.hash.slice(1);
    this.claims = claimsOf(this.token);
    this.view = /** @type {any} */ (null);
    this.draft = newDraft();
    this.#later = [];
    this.#clear();
    if (!this.claims) return this.#end(this.token ? "incomplete" : "empty");
    if (this.claims.phase === "batch") return this.#beginBatch(this.claims);
    this.#looking = poll(() => this.#look(), LOOK_MS);
    this.#looking.now();
  }

  /** @param {import("./view.js").Claims} claims */
  #beginBatch({ stage, round }) {
    const made = this.batches.of(this.token, [stage, round], () => new BatchPage(this));
    this.#looking = made;
    made.start();
  }

  /** What is drawn belongs to another link, or to none: nobody shall decide there. */
  #clear() {
    this.#drawn.clear();
    showLeave(this);
    byId("head").className = "";
    ["look", "decide", "people"].forEach((id) => (byId(id).hidden = true));
    fill(byId("details"));
  }

  /** What was just recorded is in it. */
  look = async () => this.#looking?.fresh();

  async #look() {
    const { token, claims } = this;
    const answer = await ask(`images/${claims?.id}/review`, { headers: rightOf(token) });
    if (token !== this.token) return true;
    if (answer.ok) this.#take(answer.body);
    else if (answer.status === 401 && isKeyed(token)) this.#ask();
    else this.failed(answer);
    return answer.ok && !OVER.includes(answer.body.request.status);
  }

  #ask() {
    this.#looking?.stop();
    this.view = /** @type {any} */ (null);
    this.#clear();
    askForKey(this);
  }

  /** @param {import("../common/api.js").Answer} answer */
  failed(answer) {
    if (FINAL.includes(answer.code)) this.#end(answer.code);
    else banner(problem(answer));
  }

  /** @param {import("./view.js").View} view */
  #take(view) {
    const last = this.view;
    this.view = view;
    this.meet(view.now);
    banner(null);
    const moved = this.#takeUp(last, view);
    this.redraw();
    if (moved) announce(moved);
    news(last, view, this.own()).forEach(announce);
    if (last && last.state !== view.state) announce(byId("decide").querySelector("h2")?.textContent ?? "");
    this.#later.splice(0).forEach((one) => one());
  }

  /**
   * Whoever has a key sees one question follow another; what was entered stays with its own.
   *
   * @param {import("./view.js").View | null} last @param {import("./view.js").View} view
   */
  #takeUp(last, view) {
    const draft = this.drafts.of(this.token, view.stage, newDraft);
    if (draft === this.draft) return "";
    this.draft = draft;
    draft.anew ||= last?.stage ? startsAnew(view) : "";
    return last?.stage ? draft.anew : "";
  }

  /** @param {string} code */
  #end(code) {
    this.#looking?.stop();
    this.#clear();
    deadEnd(this, code);
  }

  redraw() {
    draw(this, this.#drawn);
    showLeave(this);
    this.changed();
    this.tick();
  }

  changed() {
    if (this.view) refreshForm(this);
  }

  /** @param {() => void} act */
  onNextLook(act) {
    this.#later.push(act);
  }

  /** @param {number} at */
  zoom(at) {
    this.zoomItems(itemsOf(this.view), at);
  }

  /** @param {import("./viewer.js").Item[]} items @param {number} at */
  zoomItems(items, at) {
    this.#viewer.open(items, at);
  }

  name = myName;

  own() {
    return this.me.names(this);
  }

  /** @param {object} body */
  say(body) {
    return ask(`images/${this.claims?.id}/decision`, { method: "POST", headers: rightOf(this.token), body });
  }

  async recorded() {
    this.me.decided(this.token);
    await this.look();
    byId("decide").setAttribute("tabindex", "-1");
    byId("decide").focus();
    announce("Your verdict is recorded.");
    this.showInbox();
  }

  async withdraw() {
    const answer = await this.say({ decision: "withdraw", ...place(this.view, this.name()) });
    if (answer.ok) announce("Your verdict is taken back.");
    await this.look();
    return answer;
  }

  /** @param {string} to */
  async giveTo(to) {
    const answer = await this.say({ decision: "delegate", to, ...place(this.view, this.name()) });
    if (answer.ok) await this.look();
    return answer;
  }

  delegate() {
    askForDelegate(this);
  }

  async showInbox() {
    if (!this.claims || this.claims.reviewer === "*") return true;
    const found = await waiting(this.token);
    if (found) this.items = found;
    drawInbox(this);
    if (found && this.view) this.redraw();
    return Boolean(found);
  }

  /** @returns {import("./inbox.js").Item | null} what waits next, but for this */
  nextItem() {
    return this.items?.find((one) => !isOf(one, this.claims)) ?? null;
  }

  /** @param {string} token */
  open(token) {
    location.hash = token;
    // Where the list stands above the page, it would hide what was just opened.
    if (!matchMedia("(min-width: 80rem)").matches) showList(false);
    byId("main").focus();
    scrollTo(0, 0);
  }

  tick = () => void (tick(this.nowMs()) && this.view && this.look());
}
