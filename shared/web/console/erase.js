// @ts-check
/** Erasing a request: asked for by typing how its id ends, since nothing brings it back. */

import { h } from "../common/dom.js";
import { asked } from "./asking.js";
import { when } from "./format.js";
import { post } from "./session.js";
import { say } from "./shell.js";

// Enough to tell it from those that stand beside it in a list.
const TYPED = 6;
const TEXT = "Its prompt, names, comments and all its images go, released ones too. The record stays. Nothing brings them back.";

/** @param {{route: {id: string}, refresh: () => Promise<void>}} context */
export async function erase({ route, refresh }) {
  const end = route.id.slice(-TYPED);
  const field = h("input", { name: "end", required: true, pattern: end, autocomplete: "off", spellcheck: "false" });
  const label = h("label", {}, `Type the last ${TYPED} characters of its id, ${end}`, field);
  if (!(await asked({ title: "Erase this request?", text: TEXT, act: "Erase it", danger: true, fields: [label] }))) return;
  await post("erasures", { requestId: route.id });
  await refresh();
  say("It is being erased.");
}

/** @param {{state: string, doneAt: string | null}} erasure */
export function erased({ state, doneAt }) {
  const text =
    state === "done"
      ? ["Erased ", when(doneAt), ". Only the record is left."]
      : "It is being erased: a call that is under way is let end first.";
  return h("div", { class: "notice", "data-tone": "warn", "data-key": "erasure" }, h("p", {}, text));
}
