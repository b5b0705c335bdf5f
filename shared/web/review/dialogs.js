// @ts-check
/** The two small dialogs: which keys there are, and who is to decide instead. */

import { byId, fill, h, showDialog } from "../common/dom.js";
import { unsent } from "./problems.js";
import { stageOf } from "./view.js";

const KEYS = [
  ["j", "Next image"],
  ["k", "Image before"],
  ["a", "Keep the image"],
  ["r", "Reject it"],
  ["v", "Ask for a change of it"],
  ["A", "Keep all images"],
  ["z", "Open it large; there: real size"],
  ["c", "There: before and after"],
  ["d", "Go to your verdict"],
  ["n", "Next one that waits for you"],
  ["?", "This list"],
];

const BATCH_KEYS = [
  ["z", "In an image that is open large: real size"],
  ...KEYS.filter(([key]) => ["d", "n", "?"].includes(key)),
];

const ABOUT_GIVING =
  "They take your place in this stage and are told at once. You cannot decide in it any more.";
const ABOUT_KEYS =
  "Single keys, while no text field has the focus. " +
  "Everything can also be reached with Tab, Enter, Space and the arrow keys.";

/** @param {import("./page.js").Page} page */
export function showKeys({ claims }) {
  const dialog = byId("asking");
  const keys = claims?.phase === "batch" ? BATCH_KEYS : KEYS;
  const rows = keys.map(([key, text]) => h("div", {}, h("dt", {}, h("kbd", {}, key)), h("dd", {}, text)));
  dialog.setAttribute("aria-label", "Keyboard");
  fill(
    dialog,
    h(
      "div",
      { class: "stack" },
      h("h2", {}, "Keyboard"),
      h("p", { class: "quiet small" }, ABOUT_KEYS),
      h("dl", { class: "keys" }, rows),
      h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => dialog.close() }, "Close")),
    ),
  );
  showDialog(dialog);
}

/** @param {import("./page.js").Page} page */
export function askForDelegate(page) {
  const dialog = byId("asking");
  const told = h("p", { class: "fault", role: "alert", id: "to-fault" });
  const to = h("input", {
    ...{ id: "to", type: "text", inputmode: "email", autocomplete: "off" },
    ...{ spellcheck: "false", maxlength: 200, "aria-describedby": "to-fault" },
  });
  const onsubmit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    told.textContent = fault(to.value.trim(), page);
    if (told.textContent) return to.focus();
    const answer = await page.giveTo(to.value.trim());
    if (answer.ok) return dialog.close();
    const { title, text } = unsent(answer, "Your place was not given to them");
    told.textContent = `${title}. ${text}`;
  };
  dialog.setAttribute("aria-label", "Let somebody else decide");
  fill(dialog, delegateForm(to, told, onsubmit, dialog));
  showDialog(dialog);
  to.focus();
}

/** @param {any} to @param {any} told @param {(event: Event) => void} onsubmit @param {HTMLDialogElement} dialog */
function delegateForm(to, told, onsubmit, dialog) {
  return h(
    "form",
    { onsubmit, novalidate: true },
    h("h2", {}, "Let somebody else decide"),
    h("p", { class: "small" }, ABOUT_GIVING),
    h("div", { class: "field" }, h("label", { for: "to" }, "Their mail address"), to, told),
    h(
      "div",
      { class: "buttons" },
      h("button", { class: "main", type: "submit" }, "Give them my place"),
      h("button", { type: "button", onclick: () => dialog.close() }, "Keep it"),
    ),
  );
}

/** @param {string} to @param {import("./page.js").Page} page */
function fault(to, page) {
  if (!page.view.reviewer.personal && !page.name()) return "First say who you are, beside your verdict.";
  if (!/^[^\s@]+@[^\s@]+$/.test(to)) return "Give a mail address.";
  const known = (stageOf(page.view)?.reviewers ?? []).map((one) => one.toLowerCase());
  return known.includes(to.toLowerCase()) ? "They are a reviewer of this stage already." : "";
}
