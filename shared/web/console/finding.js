// @ts-check
/** The search above a list: one thing by its id, or a caller's. */

import { h } from "../common/dom.js";
import { placeOf } from "./router.js";
import { may } from "./session.js";

const ID = /^[0-9A-HJKMNP-TV-Z]{26}$/;

/**
 * What the form asks for is an address.
 *
 * @param {import("./router.js").Route} route of the list
 * @param {HTMLElement} form
 */
export function find({ name, place, query }, form) {
  const given = new FormData(/** @type {HTMLFormElement} */ (form));
  const [id, caller] = ["id", "caller"].map((one) => String(given.get(one) ?? "").trim());
  const status = query.get("status") ?? "";
  location.hash = ID.test(id.toUpperCase())
    ? `#/${place}/${id.toUpperCase()}`
    : placeOf(name, { status, caller: caller || id });
}

/** @param {string} what one of them is called @param {string} caller */
export function searching(what, caller) {
  return h(
    "form",
    { class: "filters", "data-action": "find", role: "search", "data-key": "filters" },
    field("id", what, "", "Paste an id"),
    may("readAll") ? field("caller", "Caller", caller, "Everybody") : null,
    h("button", {}, "Find"),
  );
}

/** @param {string} name @param {string} label @param {string} value @param {string} placeholder */
function field(name, label, value, placeholder) {
  const id = `find-${name}`;
  const given = { id, name, value, placeholder, "data-begun": value };
  return h("label", { for: id }, label, h("input", { ...given, autocomplete: "off", spellcheck: "false" }));
}
