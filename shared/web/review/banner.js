// @ts-check
/** What goes on failing, above the page, until a look succeeds. */

import { byId, fill, h } from "../common/dom.js";
import { announce } from "../common/live.js";

/** @param {import("./sayings.js").Saying | null} told */
export function banner(told) {
  const place = byId("banner");
  if (told && place.hidden) announce(`${told.title}. ${told.text}`);
  place.hidden = !told;
  const parts = told && [h("strong", {}, told.title), h("p", { class: "small" }, told.text)];
  fill(place, parts && h("div", { class: "notice", "data-tone": told?.tone }, parts));
  if (told) document.getElementById("loading")?.remove();
}
