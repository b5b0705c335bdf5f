// @ts-check
/** Lists that come in pages: as many as the person has asked for, fetched again each time. */

import { h } from "../common/dom.js";
import { get } from "./session.js";

/**
 * @param {string} path with its query begun: `images?limit=20`
 * @param {number} pages
 * @returns {Promise<{items: any[], more: boolean, first: any}>} `first`: the first page as it came
 */
export async function pagesOf(path, pages) {
  let page = await get(path);
  const first = page;
  const items = [...page.items];
  for (let got = 1; got < pages && page.continuation; got += 1) {
    page = await get(`${path}&continuation=${encodeURIComponent(page.continuation)}`);
    items.push(...page.items);
  }
  return { items, more: page.continuation !== null, first };
}

/** @param {boolean} more @param {string} text */
export const moreButton = (more, text) =>
  more ? h("p", { class: "more" }, h("button", { type: "button", "data-action": "more" }, text)) : null;

/** @param {import("./views.js").Context} context */
export async function more(context) {
  context.state.pages = (context.state.pages ?? 1) + 1;
  await context.refresh();
}
