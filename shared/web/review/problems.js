// @ts-check
/** What went wrong, for each code of a refusal: what happened, and what to do about it. */

/** @typedef {import("./sayings.js").Saying} Saying */

/** @type {Record<string, Omit<Saying, "tone">>} */
export const PROBLEMS = {
  empty: {
    title: "Please open this page by your link",
    text:
      "The link in your message says what you are asked about. Without one it can be decided from the " +
      "console, with a key that has the role decide.",
  },
  incomplete: {
    title: "This link is not complete",
    text:
      "Mail programs sometimes cut long links. " +
      "Please open it again from your message, or copy the whole address.",
  },
  invalid_token: {
    title: "This link is not valid",
    text:
      "It may have been cut or changed on its way. Please open it again from your message; " +
      "if that does not help, ask whoever sent it to you for a new one.",
  },
  expired_token: {
    title: "This link has expired",
    text: "Nothing was changed. If you still want to say something about these images, tell whoever asked you.",
  },
  forbidden: {
    title: "This key may not decide",
    text: "Its caller does not have the role decide. Use another key, or open the link in your message.",
  },
  not_found: {
    title: "This request is not here any more",
    text: "It may have been erased. There is nothing left to do.",
  },
  already_decided: {
    title: "This was decided before your verdict came",
    text: "Your verdict was not recorded. What was decided is shown here.",
  },
  review_closed: {
    title: "The time for this review is over",
    text: "Your verdict was not recorded. If it still matters, tell whoever asked you.",
  },
  stale_round: {
    title: "Another round or stage is open by now",
    text: "Your verdict was not recorded. Please open the link in your newest message.",
  },
  digest_mismatch: {
    title: "These are not the images under review",
    text:
      "Your verdict was not recorded, because the bytes you looked at differ from the record. " +
      "Please tell whoever runs this system.",
  },
  not_a_reviewer: {
    title: "You are not asked in this stage",
    text: "Your verdict was not recorded. Check the address you gave; only the reviewers of this stage can decide.",
  },
  not_open: {
    title: "There is nothing to decide at present",
    text: "Your verdict was not recorded. You will be told when something is asked of you.",
  },
  decided_by_batch: {
    title: "It is decided with its whole batch",
    text: "Nobody decides on this row alone: who is asked about the batch has a link to all its rows. To leave it out, cancel it.",
  },
  round_limit: {
    title: "There have been as many rounds as there can be",
    text: "Your wish was not recorded. Please keep or reject each image.",
  },
  verdict_limit: {
    title: "This was answered and taken back too often",
    text: "Your verdict was not recorded. Please tell whoever asked you: they can cancel the request and run it again.",
  },
  nothing_to_withdraw: {
    title: "There is no verdict to take back",
    text: "It may have been taken back already.",
  },
  policy_rejected: {
    title: "A rule does not allow this",
    text: "Nothing was recorded.",
  },
  invalid_request: {
    title: "Something is missing or wrong",
    text: "Nothing was recorded.",
  },
  offline: {
    title: "The server cannot be reached",
    text: "What you have entered is kept on this page. It tries again by itself.",
  },
};

/**
 * @param {import("../common/api.js").Answer | {code: string, detail?: string, faults?: {detail: string}[]}} answer
 * @returns {Saying}
 */
export function problem(answer) {
  const known = PROBLEMS[answer.code];
  const faults = (answer.faults ?? []).map((one) => one.detail).join(" ");
  const tone = answer.code === "offline" ? "warn" : "bad";
  if (known) return { tone, title: known.title, text: `${known.text} ${faults}`.trim() };
  return { tone, title: "That did not work", text: answer.detail || "Please try again in a minute." };
}

/**
 * Of something that was to be recorded: only who pressed the button sends it again.
 *
 * @param {import("../common/api.js").Answer} answer
 * @param {string} undone what did not come about
 * @returns {Saying}
 */
export function unsent(answer, undone) {
  if (answer.code !== "offline") return problem(answer);
  return { tone: "warn", title: undone, text: "The server could not be reached. Press the button again." };
}
