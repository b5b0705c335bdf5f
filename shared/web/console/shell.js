// @ts-check
/** What stands around every view: navigation, health, who is signed in, and what was said. */

import { hasKey } from "../common/credentials.js";
import { byId, fill, h, setText } from "../common/dom.js";
import { announce } from "../common/live.js";
import { timeOfDay } from "./format.js";
import { PLACES, placeOf } from "./router.js";
import { whoami } from "./session.js";
import { HEALTH, STATES } from "./words.js";

const NAME = "Darkroom console";

/** @param {string} title @param {string} place of the navigation */
export function stand(title, place) {
  setText(byId("title"), title);
  document.title = `${title} · ${NAME}`;
  byId("title").classList.toggle("long", title.length > 20);
  for (const link of byId("places").querySelectorAll("a")) {
    if (link.dataset.place !== place) link.removeAttribute("aria-current");
    else reveal(link).setAttribute("aria-current", "page");
  }
}

/** Where the navigation is a strip that scrolls, and only there. @param {HTMLElement} link */
function reveal(link) {
  const nav = byId("nav");
  const [inner, outer] = [link.getBoundingClientRect(), nav.getBoundingClientRect()];
  if (inner.left < outer.left || inner.right > outer.right) nav.scrollLeft += inner.left - outer.left - 16;
  return link;
}

/** @param {boolean} inside whether somebody is signed in */
export function furnish(inside) {
  byId("nav").hidden = !inside;
  byId("leave").hidden = !inside || !hasKey();
  setText(byId("who"), inside ? whoami() : "");
  if (!inside) {
    byId("health").hidden = true;
    fill(byId("counts"));
    updated(null);
    banner("");
    say("");
  }
  if (byId("places").childElementCount) return;
  fill(
    byId("places"),
    Object.entries(PLACES).map(([name, title]) =>
      h(
        "li",
        {},
        h(
          "a",
          { href: `#/${name}`, dataset: { place: name } },
          title,
          h("span", { class: "count", id: `count-${name}`, hidden: true }),
        ),
      ),
    ),
  );
}

/** @param {string} status */
export function health(status) {
  const [label, tone] = HEALTH[status] ?? [status, ""];
  const pill = byId("health");
  pill.hidden = false;
  pill.dataset.tone = tone;
  setText(pill, label);
  pill.title = "Storage and deployments, as the app finds them";
}

/**
 * A figure beside a place of the navigation.
 *
 * @param {string} name
 * @param {string} count
 * @param {string} about for screen readers
 * @param {string} [tone]
 */
export function count(name, count, about, tone = "") {
  const shown = byId(`count-${name}`);
  shown.hidden = count === "0";
  shown.dataset.tone = tone;
  shown.setAttribute("title", about);
  setText(shown, count);
}

/** What is under way, in the header. @param {[string, string][]} counts by status */
export function underWay(counts) {
  fill(
    byId("counts"),
    counts.map(([status, count]) =>
      h("a", { href: placeOf("requests", { status }) }, `${count} ${STATES[status][0].toLowerCase()}`),
    ),
  );
}

/** @param {Date | null} at when what is shown was fetched */
export function updated(at) {
  setText(byId("updated"), at ? `Updated ${timeOfDay(at)}` : "");
}

/** Something goes on failing; quiet, since it is tried again. @param {string} text */
export function banner(text) {
  const shown = byId("banner");
  if (text && shown.hidden) announce(text);
  shown.hidden = !text;
  setText(shown, text);
}

/** What became of what the person did. @param {string} text @param {string} [tone] */
export function say(text, tone = "good") {
  const shown = byId("said");
  shown.hidden = !text;
  shown.dataset.tone = tone;
  setText(shown, text);
  if (text) announce(text);
}
