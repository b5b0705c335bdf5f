// @ts-check
/** Sends a verdict once, and says above the form what became of it. */

import { byId, fill, h, setText } from "../common/dom.js";
import { announce } from "../common/live.js";
import { unsent } from "./problems.js";

/** @typedef {import("./sayings.js").Saying} Saying */

/** What the page of a request and that of a batch have in common here.
 *
 * @typedef {{changed: () => void, onNextLook: (act: () => void) => void}} Sender
 */

const UNSENT = "Your verdict was not sent";
/** @type {Saying} */
const REACHED = { tone: "warn", title: "The server is reached again", text: `${UNSENT}: press the button again.` };
/** @type {Saying} */
const UNSHOWN = { tone: "good", title: "Your verdict is recorded", text: "What follows is shown as soon as the server is reached again." };

/** @param {Element | null} button */
export const isSending = (button) => button?.getAttribute("aria-disabled") === "true";

/**
 * @param {Sender} page
 * @param {() => Promise<import("../common/api.js").Answer>} say
 * @param {() => Promise<unknown>} recorded shows what follows instead of the form
 * @returns {Promise<boolean>} whether it was recorded
 */
export async function sendOnce(page, say, recorded) {
  const button = byId("send");
  button.setAttribute("aria-disabled", "true");
  setText(button, "Sending…");
  const answer = await say();
  if (answer.ok) await recorded();
  else refused(page, answer);
  if (answer.ok && button.isConnected) unshown(page, button);
  else free(page, button);
  return answer.ok;
}

/** @param {Sender} page @param {Element} button */
function free(page, button) {
  button.removeAttribute("aria-disabled");
  page.changed();
}

/** @param {Sender} page @param {import("../common/api.js").Answer} answer */
function refused(page, answer) {
  const offline = answer.code === "offline";
  say(unsent(answer, UNSENT), offline ? "unsent" : "problem", true);
  if (offline) page.onNextLook(reached);
}

function reached() {
  if (document.getElementById("gaps")?.dataset.kind === "unsent") say(REACHED, "problem", false);
}

/** It is in the record, only the page could not look. @param {Sender} page @param {Element} button */
function unshown(page, button) {
  setText(button, "Sent");
  say(UNSHOWN, "problem", true);
  page.onNextLook(() => free(page, button));
}

/** @param {Saying} told @param {string} kind @param {boolean} focus */
function say({ tone, title, text }, kind, focus) {
  announce(`${title}. ${text}`);
  tell([h("strong", {}, title), h("p", {}, text)], kind, focus, tone);
}

/** @param {any[]} parts @param {string} kind @param {boolean} focus @param {string} [tone] */
export function tell(parts, kind, focus, tone = "bad") {
  const place = document.getElementById("gaps");
  if (!place) return;
  place.hidden = !parts.length;
  place.dataset.kind = kind;
  fill(place, parts.length ? h("div", { class: "notice", "data-tone": tone }, parts) : null);
  if (parts.length && focus) place.focus();
}

/** @param {string} id */
export function goTo(id) {
  const field = document.getElementById(id);
  field?.scrollIntoView({ block: "center" });
  field?.focus();
}
