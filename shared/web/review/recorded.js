// @ts-check
/** What is there instead of the form: what was recorded, what follows, or why nothing can be said. */

import { h, icon } from "../common/dom.js";
import { list, moment } from "../common/words.js";
import { titleOf } from "./inbox.js";
import { keepName } from "./me.js";
import { unsent } from "./problems.js";
import { newer, next, said, standing } from "./sayings.js";
import { givenTo, mayWithdraw, ownWords, settled, stageOf } from "./view.js";

/** @typedef {import("./page.js").Page} Page */

/** @param {Page} page @param {import("./view.js").Decision | null} own */
export function statement(page, own) {
  const to = givenTo(page.view, page.name());
  if (own) return recorded(page, own);
  if (to && ["open", "notOpen"].includes(page.view.state)) return [...delegated(to), !page.view.reviewer.personal && notMe(page)];
  return [...saying(standing(page.view)), onwards(page)];
}

/** @param {import("./sayings.js").Saying} one */
export function saying({ tone, title, text }) {
  return [h("h2", { "data-tone": tone, class: "told" }, title), h("p", {}, text)];
}

/** @param {Page} page @param {import("./view.js").Decision} own */
function recorded(page, own) {
  const { view } = page;
  const words = ownWords(own);
  return [
    h("h2", { class: "told", "data-tone": "good" }, "Your verdict is recorded"),
    h("p", {}, `You ${said(own)}.`),
    words && h("blockquote", { class: "break", dir: "auto" }, words),
    h("ul", { class: "next" }, follows(page).map((one) => h("li", {}, one))),
    mayWithdraw(view, page.nowMs()) && undo(page),
    isNamed(page, own) && notMe(page),
    onwards(page),
  ];
}

/** Whether it is theirs by the name that this browser remembers, and by nothing else. @param {Page} page @param {import("./view.js").Decision} own */
function isNamed({ view, name }, own) {
  return !view.reviewer.personal && own.reviewer.toLowerCase() === name().toLowerCase();
}

/** What happens now, and on whom it depends. @param {Page} page @returns {(string | Node)[]} */
function follows({ view }) {
  const approval = stageOf(view);
  if (view.state === "superseded") return [`It went on: ${newer(view)} is open by now.`];
  if (view.state === "closed" || !approval) return [standing(view).text];
  if (["approved", "rejected"].includes(view.request.status)) return [standing(view).text];
  if (!settled(view)) return [waits(approval)];
  if (approval.verdict === "rejected") return ["This ends the stage: nothing is released."];
  if (approval.verdict === "revise") return ["Another round is made. You will be told when its images are there."];
  return [next(view)];
}

/** @param {import("./view.js").Approval} approval */
function waits(approval) {
  const names = approval.waitingFor.map((one) => (one.startsWith("p:") ? "another reviewer" : one));
  const still = names.length ? `Still to answer: ${list(names)}.` : "The others have to answer.";
  return `${still} The stage is open until ${moment(approval.deadline)}.`;
}

/** @param {Page} page */
function undo(page) {
  const until = settled(page.view) ? page.view.reviewer.withdrawUntil : null;
  const words = h("p", { class: "small" }, undoWords(page.view, until));
  return h("div", { class: "undo" }, words, undoing(() => page.withdraw()));
}

/** @param {() => Promise<import("../common/api.js").Answer>} withdraw */
export function undoing(withdraw) {
  const told = h("p", { class: "fault", role: "alert" });
  const onclick = async () => {
    const answer = await withdraw();
    const { title, text } = unsent(answer, "Your verdict was not taken back");
    if (!answer.ok) told.textContent = `${title}. ${text}`;
  };
  return [h("button", { type: "button", id: "withdraw", onclick }, icon("undo"), "Take it back"), told];
}

/** Of a link for whoever has it: the name of the last one is in this browser. @param {{redraw: () => void}} page */
export function notMe(page) {
  const onclick = () => {
    keepName("");
    page.redraw();
  };
  return h("div", {}, h("button", { class: "plain", type: "button", id: "not-me", onclick }, "Not you?"));
}

/** @param {import("./view.js").View} view @param {string | null} until */
function undoWords(view, until) {
  const timer = until && h("strong", { role: "timer", "data-countdown": until });
  if (timer) return ["It takes effect in ", timer, "."];
  if (settled(view)) return "Perhaps it can still be taken back.";
  return "You can take it back until the stage is decided.";
}

/** @param {string} to */
function delegated(to) {
  return [
    h("h2", { class: "told", "data-tone": "good" }, "Somebody else decides"),
    h("p", { class: "break" }, "You gave your place to ", h("strong", {}, to), "."),
    h("p", { class: "quiet" }, "There is nothing more for you to do here."),
  ];
}

/** To what waits next, for who has an inbox. @param {Page} page */
export function onwards(page) {
  const item = page.nextItem();
  if (!item) return null;
  const about = { class: "main", type: "button", id: "next-one", onclick: () => page.open(item.token) };
  return h(
    "div",
    { class: "onwards" },
    h("p", { class: "small quiet" }, "Next one that waits for you"),
    h("button", about, h("span", { class: "break", dir: "auto" }, titleOf(item)), icon("right")),
  );
}
