// @ts-check
/** The images of a request, as small pictures with what is known of each. */

import { h } from "../common/dom.js";
import { bytes, origin, shortDigest } from "../common/words.js";
import { badgeOf } from "./format.js";
import { picture } from "./pictures.js";

/** @type {Record<string, [string, string]>} */
const STATES = {
  review: ["Under review", "warn"],
  approved: ["Released", "good"],
  rejected: ["Rejected", "bad"],
  superseded: ["Superseded", ""],
};

/** @param {any} resource @param {() => void} redraw once a picture has come */
export function images(resource, redraw) {
  return h(
    "ul",
    { class: "thumbs" },
    resource.images.map((/** @type {any} */ one) => thumb(resource, one, redraw)),
  );
}

/** @param {any} resource @param {any} one @param {() => void} redraw */
function thumb(resource, one, redraw) {
  const name = `Image ${one.index + 1}`;
  const round = resource.rounds.length > 1 ? ` · round ${one.round}` : null;
  return h(
    "li",
    { "data-key": `${one.round}-${one.index}-${one.sha256}` },
    h(
      "figure",
      {},
      one.url ? shown(resource.id, one, name, redraw) : instead("Not kept, or not shown any more"),
      h(
        "figcaption",
        {},
        h("span", {}, h("strong", {}, name), round, " ", badgeOf(STATES, one.state)),
        h("span", { class: "quiet small" }, `${one.width} × ${one.height}, ${bytes(one.bytes)} · ${one.label}`),
        one.provenance ? h("span", { class: "quiet small" }, origin(one.provenance)) : null,
        h("span", { class: "mono quiet small", title: one.sha256 }, shortDigest(one.sha256)),
      ),
    ),
  );
}

/** @param {string} text */
const instead = (text) => h("div", { class: "no-picture quiet small" }, text);

/** @param {string} id @param {any} one @param {string} name @param {() => void} redraw */
function shown(id, one, name, redraw) {
  // The digest keeps pictures of two rounds apart; a fragment is never sent.
  const source = picture(`images/${id}/content/${one.index}#${one.sha256.slice(0, 16)}`, redraw);
  if (source === null) return instead("Loading…");
  if (!source) return instead("This key may not open it");
  const alt = `${name}, AI-generated${one.altText ? `: ${one.altText}` : ""}`;
  return h("img", { src: source, alt, width: one.width, height: one.height });
}
