// @ts-check
/** Who we are to the app: whose key it is, or whom the platform has signed in. */

import { ask, askBytes } from "../common/api.js";
import { forget as forgetKey, keyHeaders } from "../common/credentials.js";

/** @typedef {import("../common/api.js").Answer} Answer */

/** @type {{name: string, roles: string[]}} */
let known = { name: "", roles: [] };

/** An answer that is none. */
export class Problem extends Error {
  /** @param {Answer} answer */
  constructor(answer) {
    super(answer.detail);
    this.answer = answer;
  }

  get status() {
    return this.answer.status;
  }
}

/** @param {string} role */
export const may = (role) => known.roles.includes(role);

/** The caller's name in the app's book. */
export const whoami = () => known.name;

/** @param {string} path @returns {Promise<any>} the JSON; a `Problem` is thrown */
export async function get(path) {
  return checked(await ask(path, { headers: keyHeaders() }));
}

/** @param {string} path @param {unknown} [body] @returns {Promise<any>} */
export async function post(path, body = {}) {
  return checked(await ask(path, { method: "POST", headers: keyHeaders(), body }));
}

/** @param {string} path @returns {Promise<Blob>} */
export async function download(path) {
  const found = await askBytes(path, keyHeaders());
  if ("bytes" in found) return new Blob([found.bytes], { type: found.type });
  throw new Problem(found);
}

/**
 * Ask who we are, with the key that is kept, if one is.
 *
 * A caller without the role `read` is signed in too; it only may do nothing here.
 */
export async function signIn() {
  try {
    known = await get("me");
  } catch (problem) {
    if (!(problem instanceof Problem) || problem.status !== 403) throw problem;
    known = { name: "", roles: [] };
  }
}

export function forget() {
  forgetKey();
  known = { name: "", roles: [] };
}

/** @param {Answer} answer */
function checked(answer) {
  if (!answer.ok) throw new Problem(answer);
  return answer.body;
}
