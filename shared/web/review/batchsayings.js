// @ts-check
/** What the page of a batch says: what is asked, how it stands, and who has answered. */

import { h, icon } from "../common/dom.js";
import { moment, plural } from "../common/words.js";
import { notMe, saying, undoing } from "./recorded.js";
import { rule, until } from "./sayings.js";

/** @typedef {import("./batch.js").Batch} Batch */
/** @typedef {import("./batch.js").Said} Said */

/** @type {Record<string, import("./sayings.js").Saying>} */
const STANDING = {
  open: { tone: "good", title: "Your verdict is recorded", text: "The others have to answer." },
  decided: { tone: "good", title: "This is decided", text: "Each row goes on by what was said of it." },
  closed: { tone: "warn", title: "The time for this review is over", text: "Nothing can be decided any more." },
  superseded: {
    tone: "accent",
    title: "There is something newer",
    text: "By now something else is asked about this batch. Please open the link in your newest message.",
  },
  notOpen: { tone: "accent", title: "There is nothing to decide at present", text: "You will be told when something is asked of you." },
};

/** @param {Batch} batch @param {number} nowMs */
export function head({ name, caller, approval, state }, nowMs) {
  const deadline = approval && state === "open" && approval.deadline;
  const left = deadline && h("span", { class: "quiet", "data-until": deadline }, `(${until(deadline, nowMs)})`);
  const count = approval ? plural(approval.rows, "request") : "no requests";
  return [
    h("h1", { class: "break", dir: "auto" }, name || "Review of a batch of AI-generated images"),
    h("p", { class: "quiet" }, `${count} at once, asked for by `, h("strong", {}, caller), "."),
    deadline && h("p", { class: "deadline" }, "Decide by ", h("strong", { class: "nowrap" }, moment(deadline)), " ", left),
  ];
}

/** @param {import("./batch.js").BatchPage} page @param {Said | null} own @param {boolean} takeBack */
export function statement(page, own, takeBack) {
  const { state, reviewer } = page.batch;
  const about = own ? { tone: "good", title: "Your verdict is recorded", text: `You ${said(own)}.` } : STANDING[state];
  return [
    ...saying(about ?? STANDING.decided),
    takeBack && h("div", { class: "undo" }, undoing(() => page.withdraw())),
    own && !reviewer.personal && notMe(page),
  ];
}

/** @param {Said} one */
function said({ decision, rejected }) {
  if (decision === "reject") return "rejected all rows";
  return rejected.length ? `approved all but ${plural(rejected.length, "row")}` : "approved all rows";
}

/** @type {Record<string, () => Node>} */
const FACES = {
  approve: () => h("span", { class: "face", "data-tone": "good" }, icon("check")),
  reject: () => h("span", { class: "face", "data-tone": "bad" }, icon("cross")),
};

/** @param {Batch} batch */
export function people({ approval }) {
  if (!approval) return h("h2", {}, "Who decides");
  const given = approval.decisions.filter((one) => !one.withdrawn && one.round === approval.round);
  const rows = [
    ...given.map((one) => line(one.reviewer, said(one), FACES[one.decision](), one.comment ?? "")),
    ...approval.waitingFor.map((who) => line(who, "has not answered yet", h("span", { class: "face" }, icon("clock")))),
  ];
  return [
    h("h2", {}, "Who decides"),
    h("p", { class: "quiet small" }, rule(approval).replaceAll("image", "row")),
    rows.length ? h("ul", { class: "people" }, rows) : h("p", {}, "Whoever has the link may decide."),
  ];
}

/** @param {string} who @param {string} what @param {Node} face @param {string} [words] */
function line(who, what, face, words = "") {
  const shown = who.startsWith("p:") ? "A reviewer" : who === "anyone" ? "Somebody with the link" : who;
  return h(
    "li",
    {},
    face,
    h(
      "div",
      {},
      h("p", { class: "break" }, h("strong", {}, shown)),
      h("p", { class: "small" }, what),
      words && h("blockquote", { class: "small break", dir: "auto" }, words),
    ),
  );
}
