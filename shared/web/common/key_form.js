// @ts-check
/** Asks for a key. */

import { keep } from "./credentials.js";
import { h } from "./dom.js";

/**
 * @param {any[]} about what it is for
 * @param {() => void} enter tries the key that is kept
 * @param {string} fault of the try before
 */
export function keyForm(about, enter, fault) {
  const input = h("input", {
    id: "key",
    name: "key",
    type: "password",
    autocomplete: "off",
    required: true,
    "aria-describedby": fault ? "key-fault key-hint" : "key-hint",
    "aria-invalid": fault ? "true" : null,
  });
  const problem = h("p", { class: "fault", id: "key-fault", hidden: !fault }, fault);
  const send = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    if (keep(input.value.trim())) return enter();
    problem.textContent = "This is no key: it has characters that keys never have.";
    problem.hidden = false;
  };
  return h(
    "form",
    { class: "card stack key", onsubmit: send },
    ...about,
    h(
      "div",
      { class: "field" },
      h("label", { for: "key" }, "Function key"),
      input,
      problem,
      h("p", { class: "hint", id: "key-hint" }, "Kept in this tab only, until you sign out or close it."),
    ),
    h("div", {}, h("button", { class: "main" }, "Sign in")),
  );
}
