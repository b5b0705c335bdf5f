// @ts-check
/** Where the verdict is made up and sent. */

import { h, setText } from "../common/dom.js";
import { setWord } from "./cards.js";
import { bodyOf, buttonText, gaps, summary } from "./ballot.js";
import { question } from "./details.js";
import { keepName } from "./me.js";
import { goTo, isSending, sendOnce, tell } from "./sending.js";
import { asked, stageOf } from "./view.js";

/** @typedef {import("./page.js").Page} Page */

/** @param {Page} page @returns {any[]} the same until another stage or round is open */
export function form(page) {
  const { view } = page;
  const many = asked(view).length > 1;
  return [
    h("h2", {}, "Your verdict"),
    page.draft.anew && h("p", { class: "notice small", "data-tone": "accent", id: "anew" }, page.draft.anew),
    h("div", { id: "gaps", tabindex: "-1", hidden: true }),
    view.stage.phase === "before" && promptChoice(page),
    many && h("div", { class: "buttons" }, keepAll(page)),
    checklist(page),
    comment(page),
    who(page),
    sending(page),
  ];
}

/** @param {Page} page */
function sending(page) {
  const delegate = { class: "plain", type: "button", onclick: () => page.delegate() };
  return h(
    "div",
    { class: "send" },
    h("p", { class: "small", id: "summary" }),
    h("button", { class: "main", type: "button", id: "send", onclick: () => send(page) }),
    page.view.reviewer.mayDelegate && h("button", delegate, "Let somebody else decide…"),
  );
}

/** @param {Page} page */
function keepAll(page) {
  const all = (/** @type {string} */ word) => () => asked(page.view).forEach((one) => setWord(one.index, word));
  return [
    h("button", { type: "button", id: "keep-all", onclick: all("approve") }, "Keep all"),
    h("button", { type: "button", id: "reject-all", onclick: all("reject") }, "Reject all"),
  ];
}

/** @param {Page} page */
function promptChoice(page) {
  const one = (/** @type {"approve" | "reject"} */ word, /** @type {string} */ text, /** @type {string} */ tone) =>
    h(
      "label",
      {},
      h("input", {
        ...{ type: "radio", name: "word", id: `word-${word}`, value: word, "data-tone": tone },
        checked: page.draft.word === word,
        onchange: () => {
          page.draft.word = word;
          page.changed();
        },
      }),
      h("span", {}, text),
    );
  return h(
    "fieldset",
    { class: "stack" },
    h("legend", {}, question(page.view)),
    h("div", { class: "choice" }, one("approve", "Yes, generate", "good"), one("reject", "No, reject", "bad")),
  );
}

/** What the form of one request and that of a whole batch need of their page.
 *
 * @typedef {{view: import("./view.js").View, draft: {ticks: Set<string>, comment: string},
 *   name: () => string, changed: () => void}} Asking
 */

/** @param {Asking} page */
export function checklist(page) {
  const list = stageOf(page.view)?.checklist ?? [];
  if (!list.length) return null;
  const tick = (/** @type {string} */ text, /** @type {number} */ k) => {
    const onchange = (/** @type {any} */ event) => {
      page.draft.ticks[event.target.checked ? "add" : "delete"](text);
      page.changed();
    };
    const checked = page.draft.ticks.has(text);
    const box = h("input", { type: "checkbox", id: `tick-${k}`, checked, onchange });
    return h("label", { class: "tick" }, box, h("span", { class: "break", dir: "auto" }, text));
  };
  return h("fieldset", {}, h("legend", {}, "To approve, you confirm"), list.map(tick));
}

/** @param {Asking} page */
export function comment(page) {
  const oninput = (/** @type {any} */ event) => {
    page.draft.comment = event.target.value;
    page.changed();
  };
  return h(
    "div",
    { class: "field" },
    h("label", { for: "comment" }, "Comment (optional)"),
    h("textarea", { id: "comment", rows: 2, maxlength: 2000, dir: "auto", value: page.draft.comment, oninput }),
  );
}

/** Only who holds a link of their own is known already. @param {Asking} page */
export function who(page) {
  const { personal, name, caller } = page.view.reviewer;
  const known = h("p", { class: "quiet small break" }, "You decide as ", h("strong", {}, name), ".");
  if (personal) return name && known;
  const signed = caller ? `Without it the record says “${caller}”, whose key this is. ` : "";
  const waiting = stageOf(page.view)?.waitingFor ?? [];
  const named = waiting.filter((one) => !one.startsWith("p:"));
  const record = "So that the record says who decided.";
  const hint = named.length ? "Only reviewers of this stage can decide." : record;
  const oninput = (/** @type {any} */ event) => {
    keepName(event.target.value);
    page.changed();
  };
  return h(
    "div",
    { class: "field" },
    h("label", { for: "reviewer" }, waiting.length ? "Your mail address" : "Your mail address (optional)"),
    h("input", {
      ...{ id: "reviewer", type: "text", inputmode: "email", autocomplete: "email" },
      ...{ spellcheck: "false", maxlength: 200, value: page.name(), oninput },
      ...{ list: "reviewers", "aria-describedby": "reviewer-hint" },
    }),
    h("datalist", { id: "reviewers" }, named.map((one) => h("option", { value: one }))),
    h("p", { class: "hint", id: "reviewer-hint" }, `${hint} ${waiting.length ? "" : signed}It is remembered in this browser.`),
  );
}

/** After every change: what would happen now. @param {Page} page */
export function refreshForm(page) {
  const [told, button] = [document.getElementById("summary"), document.getElementById("send")];
  if (told) setText(told, summary(page.draft, page.view));
  if (button && !isSending(button)) setText(button, buttonText(page.draft, page.view));
  const shown = document.getElementById("gaps");
  if (shown && !shown.hidden && shown.dataset.kind === "gaps") showGaps(page, false);
}

/** @param {Page} page @param {boolean} focus @returns {boolean} whether anything is missing */
function showGaps(page, focus) {
  const needsName = !page.view.reviewer.personal && Boolean(stageOf(page.view)?.reviewers.length);
  const shown = (/** @type {import("./view.js").Shot} */ one) => page.pictures.shown(one);
  const found = gaps(page.draft, page.view, { name: page.name(), needsName, shown });
  const items = found.map(({ id, text }) =>
    h("li", {}, h("button", { class: "plain", type: "button", onclick: () => goTo(id) }, text)),
  );
  tell(found.length ? [h("strong", {}, "Before you can send it"), h("ul", {}, items)] : [], "gaps", focus);
  document.querySelectorAll("[aria-invalid]").forEach((one) => one.removeAttribute("aria-invalid"));
  found.forEach((one) => document.getElementById(one.id)?.setAttribute("aria-invalid", "true"));
  return found.length > 0;
}

/** @param {Page} page */
async function send(page) {
  if (isSending(document.getElementById("send")) || showGaps(page, true)) return;
  const body = bodyOf(page.draft, page.view, page.name(), (shot) => page.pictures.digestOf(shot));
  const sent = await sendOnce(page, () => page.say(body), () => page.recorded());
  if (!sent) await page.look();
}
