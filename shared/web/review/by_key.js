// @ts-check
/** Reviewing without a link, by a key with the role `decide`; and what stands there instead of a review. */

import { forget, hasKey, keyHeaders } from "../common/credentials.js";
import { byId, fill, h, icon } from "../common/dom.js";
import { keyForm } from "../common/key_form.js";
import { announce } from "../common/live.js";
import { onwards } from "./recorded.js";
import { problem } from "./problems.js";
import { isKeyed } from "./view.js";

/** @typedef {import("./page.js").Page} Page */

const ABOUT =
  "You followed an address that says which request it is, and gives nobody a right to decide. " +
  "Give a function key whose caller has the role decide, or open the link in your message.";

/** By which one may look and decide. @param {string} token @returns {Record<string, string>} */
export const rightOf = (token) => (isKeyed(token) ? keyHeaders() : { "x-review-token": token });

/** The key that there was, if any, is not good. @param {Page} page */
export function askForKey(page) {
  const fault = hasKey() ? "This key was not accepted." : "";
  forget();
  const head = byId("head");
  const enter = () => {
    fill(head, h("h1", {}, "Review"), h("p", { class: "quiet" }, "Opening the review…"));
    page.begin();
  };
  head.className = "enter";
  fill(head, h("h1", {}, "Sign in to decide"), keyForm([h("p", {}, ABOUT)], enter, fault));
  document.title = "Sign in · Darkroom";
  if (fault) announce(fault);
  head.querySelector("input").focus();
}

/** Nothing can be shown. @param {Page} page @param {string} code */
export function deadEnd(page, code) {
  const { title, text } = problem({ code });
  const another = { type: "button", class: "main", onclick: () => leave(page) };
  const keyed = isKeyed(page.token) && hasKey();
  byId("head").className = "card dead-end";
  fill(
    byId("head"),
    ...[icon("warning"), h("h1", { tabindex: "-1" }, title), h("p", {}, text)],
    keyed && h("button", another, "Use another key"),
  );
  fill(byId("details"), onwards(page));
  document.title = `${title} · Darkroom`;
  announce(`${title}. ${text}`);
  byId("head").querySelector("h1").focus();
}

/** @param {Page} page */
export function leave(page) {
  forget();
  page.drafts.forget();
  page.batches.forget();
  page.begin();
}

/** Only who came in by a key can leave. @param {Page} page */
export function showLeave(page) {
  byId("leave").hidden = !(page.view && isKeyed(page.token) && hasKey());
}
