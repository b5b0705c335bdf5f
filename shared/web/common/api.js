// @ts-check
/** Asks the app; every way to fail comes back as an answer with a code. */

/**
 * @typedef {object} Answer
 * @property {boolean} ok
 * @property {number} status 0 when nobody answered
 * @property {any} body the JSON, or null
 * @property {string} code of the problem, or "" when it is fine
 * @property {string} detail
 * @property {{pointer: string, detail: string}[]} faults of a 400
 */

/** @type {Answer} */
const OFFLINE = {
  ok: false,
  status: 0,
  body: null,
  code: "offline",
  detail: "The server could not be reached.",
  faults: [],
};

/**
 * @param {string} path relative to the page
 * @param {{method?: string, headers?: Record<string, string>, body?: unknown}} [wanted]
 * @returns {Promise<Answer>}
 */
export async function ask(path, { method = "GET", headers = {}, body } = {}) {
  const sent = body === undefined ? headers : { ...headers, "content-type": "application/json" };
  const init = { method, headers: sent, body: body === undefined ? undefined : JSON.stringify(body) };
  try {
    return await read(await fetch(path, { ...init, cache: "no-store", credentials: "same-origin" }));
  } catch {
    return OFFLINE;
  }
}

/** @param {Response} response @returns {Promise<Answer>} */
async function read(response) {
  const body = await response.json().catch(() => null);
  const { ok, status } = response;
  if (ok) return { ok, status, body, code: "", detail: "", faults: [] };
  return {
    ok,
    status,
    body,
    code: body?.code || `status_${status}`,
    detail: body?.detail || `The server answered ${status}.`,
    faults: body?.errors || [],
  };
}

/**
 * @param {string} path
 * @param {Record<string, string>} headers
 * @returns {Promise<{bytes: ArrayBuffer, type: string} | Answer>} an answer when there are no bytes
 */
export async function askBytes(path, headers) {
  try {
    const response = await fetch(path, { headers, cache: "no-store", credentials: "same-origin" });
    if (!response.ok) return await read(response);
    const type = response.headers.get("content-type") || "application/octet-stream";
    return { bytes: await response.arrayBuffer(), type };
  } catch {
    return OFFLINE;
  }
}

/**
 * A link of ours as a path beside this page: the app may be known by another name in its links.
 *
 * @param {string} url
 */
export function beside(url) {
  const place = url.indexOf("/images/");
  return place < 0 ? url : url.slice(place + 1);
}
