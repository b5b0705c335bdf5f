// @ts-check
/**
 * The reviewer's page. The token is in the fragment, which no server and no mail scanner sees, and
 * is sent as a header; opening the page changes nothing. Where the fragment names a request instead,
 * a key is asked for.
 */

import { ask } from "../common/api.js";
import { byId, fill, h } from "../common/dom.js";
import { announce, onKeys, poll } from "../common/live.js";
import { newDraft, place } from "./ballot.js";
import { BatchPage } from "./batch.js";
import { askForKey, deadEnd, leave, rightOf, showLeave } from "./by_key.js";
import { refreshForm } from "./decide.js";
import { askForDelegate, showKeys } from "./dialogs.js";
import { draw, tick } from "./draw.js";
import { drawInbox, isOf, showList, waiting } from "./inbox.js";
import { keyed } from "./keys.js";
import { news } from "./people.js";
import { Pictures } from "./pictures.js";
import { problem } from "./sayings.js";
import { claimsOf, isKeyed } from "./view.js";
import { itemsOf, makeViewer } from "./viewer.js";

const LOOK_MS = 3000;
const INBOX_MS = 20_000;
const NAME = "darkroom.reviewer";
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
  /** Links by which this window has decided without a name. */
  #nameless = new Set();
  /** What was made up for other links, when one comes back to them. */
  #drafts = /** @type {Map<string, import("./ballot.js").Draft>} */ (new Map());
  #drawn = /** @type {Map<string, string>} */ (new Map());
  #later = /** @type {(() => void)[]} */ ([]);
  #aheadMs = 0;
  #viewer = makeViewer(byId("viewer"), this.pictures);
  #looking = /** @type {{now: () => Promise<void>, stop: () => void} | BatchPage | null} */ (null);

  nowMs = () => Date.now() + this.#aheadMs;

  /** Begin with the link in the fragment. */
  begin() {
    this.#looking?.stop();
    this.token = location.hash.slice(1);
    this.claims = claimsOf(this.token);
    this.view = /** @type {any} */ (null);
    this.draft = this.#drafts.get(this.token) ?? newDraft();
    this.#drafts.set(this.token, this.draft);
    this.#clear();
    if (!this.claims) return this.#end(this.token ? "incomplete" : "empty");
    if (this.claims.phase === "batch") return void (this.#looking = new BatchPage(this));
    this.#looking = poll(() => this.#look(), LOOK_MS);
    this.#looking.now();
  }

  /** What is drawn belongs to another link, or to none: nobody shall decide there. */
  #clear() {
    this.#drawn.clear();
    showLeave(this);
    byId("head").className = "";
    ["look", "decide", "people"].forEach((id) => (byId(id).hidden = true));
    fill(byId("details"));
  }

  /** @returns {Promise<void>} */
  look = async () => (this.#looking instanceof BatchPage ? undefined : this.#looking?.now());

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
    else this.#banner(problem(answer));
  }

  /** @param {import("./view.js").View} view */
  #take(view) {
    const last = this.view;
    this.view = view;
    this.#aheadMs = Date.parse(view.now) - Date.now();
    this.#banner(null);
    this.#draw();
    news(last, view, this.own()).forEach(announce);
    if (last && last.state !== view.state) announce(byId("decide").querySelector("h2")?.textContent ?? "");
    this.#later.splice(0).forEach((one) => one());
  }

  /** @param {string} code */
  #end(code) {
    this.#looking?.stop();
    this.#clear();
    deadEnd(this, code);
  }

  /** @param {import("./sayings.js").Saying | null} told */
  #banner(told) {
    const banner = byId("banner");
    if (told && banner.hidden) announce(`${told.title}. ${told.text}`);
    banner.hidden = !told;
    const parts = told && [h("strong", {}, told.title), h("p", { class: "small" }, told.text)];
    fill(banner, parts && h("div", { class: "notice", "data-tone": told?.tone }, parts));
    if (told && !this.view) byId("loading")?.remove();
  }

  #draw() {
    draw(this, this.#drawn);
    showLeave(this);
    this.changed();
    this.tick();
  }

  changed() {
    refreshForm(this);
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

  name() {
    return (localStorage.getItem(NAME) ?? "").trim();
  }

  /** @param {string} name */
  setName(name) {
    localStorage.setItem(NAME, name.trim());
    this.changed();
  }

  /** @returns {string[]} */
  own() {
    const { personal, name: known, caller } = this.view.reviewer;
    const name = personal ? known : this.name();
    const nameless = this.#nameless.has(this.token) ? "anyone" : "";
    return [name, this.claims?.reviewer, caller, nameless].flatMap((one) => one?.toLowerCase() || []);
  }

  /** @param {object} body */
  say(body) {
    return ask(`images/${this.claims?.id}/decision`, { method: "POST", headers: rightOf(this.token), body });
  }

  async recorded() {
    if (!this.name()) this.#nameless.add(this.token);
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
    if (found && this.view) this.#draw();
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

  tick = () => void (this.view && tick(this.nowMs()) && this.look());
}

function start() {
  const page = new Page();
  const [keys, inbox] = [byId("show-keys"), byId("show-inbox")];
  inbox.addEventListener("click", () => showList(byId("inbox").hidden));
  keys.addEventListener("click", showKeys);
  byId("leave").addEventListener("click", () => leave(page));
  keys.hidden = false;
  onKeys((key) => keyed(page, key));
  addEventListener("hashchange", () => {
    page.begin();
    page.showInbox();
  });
  setInterval(page.tick, 1000);
  page.begin();
  poll(() => page.showInbox(), INBOX_MS).now();
}

start();
