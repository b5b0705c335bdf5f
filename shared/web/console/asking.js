// @ts-check
/** A question in a dialog, before something is done that cannot be undone. */

import { byId, fill, h } from "../common/dom.js";

/**
 * @typedef {object} Question
 * @property {string} title
 * @property {string} text
 * @property {string} act what its button says
 * @property {boolean} [danger]
 * @property {Node[]} [fields]
 */

/**
 * Focus goes back to where it was by itself: that is the dialog element's part.
 *
 * @param {Question} question
 * @returns {Promise<FormData | null>} null when it was dismissed
 */
export function asked({ title, text, act, danger = false, fields = [] }) {
  /** @type {HTMLDialogElement} */
  const dialog = byId("dialog");
  return new Promise((resolve) => {
    /** @type {FormData | null} */
    let given = null;
    const agree = (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      given = new FormData(/** @type {HTMLFormElement} */ (event.target));
      dialog.close();
    };
    fill(
      dialog,
      h(
        "form",
        { onsubmit: agree },
        h("h2", { id: "dialog-title" }, title),
        h("p", {}, text),
        fields,
        h(
          "div",
          { class: "buttons end" },
          h("button", { type: "button", onclick: () => dialog.close() }, "Back"),
          h("button", { class: danger ? "danger" : "main" }, act),
        ),
      ),
    );
    dialog.addEventListener("close", () => resolve(given), { once: true });
    dialog.showModal();
  });
}
