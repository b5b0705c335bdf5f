// @ts-check
/** Who we are to the app: a key, kept as long as this tab, or what the platform signed in. */

import { ask, askBytes } from "../common/api.js";

/** @typedef {import("../common/api.js").Answer} Answer */

const PLACE = "darkroom.console.key";
// What a header may hold; nothing else is a key.
const KEY = /^[\x21-\x7e]+$/;

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

/** Whether there is a key to forget. */
export const hasKey = () => sessionStorage.getItem(PLACE) !== null;

/** @param {string} path @returns {Promise<any>} the JSON; a `Problem` is thrown */
export async function get(path) {
  return checked(await ask(path, { headers: headers() }));
}

/** @param {string} path @param {unknown} [body] @returns {Promise<any>} */
export async function post(path, body = {}) {
  return checked(await ask(path, { method: "POST", headers: headers(), body }));
}

/** @param {string} path @returns {Promise<Blob>} */
export async function download(path) {
  const found = await askBytes(path, headers());
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

/** @param {string} key @returns {boolean} false when it cannot be one */
export function keep(key) {
  if (!KEY.test(key)) return false;
  sessionStorage.setItem(PLACE, key);
  return true;
}

export function forget() {
  sessionStorage.removeItem(PLACE);
  known = { name: "", roles: [] };
}

/** @returns {Record<string, string>} */
function headers() {
  const key = sessionStorage.getItem(PLACE);
  return key === null ? {} : { "x-functions-key": key };
}

/** @param {Answer} answer */
function checked(answer) {
  if (!answer.ok) throw new Problem(answer);
  return answer.body;
}
