// @ts-check
/** Which rows of batches are decided with their whole batch, and by nobody alone. */

import { h } from "../common/dom.js";
import { batchPlace } from "./router.js";
import { get, Problem } from "./session.js";

/** By the id of the batch; how it is decided never changes. */
const known = /** @type {Map<string, boolean>} */ (new Map());

/** Ask what is not known yet of the batches of these requests. @param {any[]} requests */
export async function learnScopes(requests) {
  const ids = new Set(requests.filter(asked).map((one) => one.batch.id));
  await Promise.all([...ids].filter((id) => !known.has(id)).map(learn));
}

/** @param {any} request */
const asked = ({ batch, status }) => Boolean(batch) && status === "awaitingApproval";

/** @param {string} id */
async function learn(id) {
  try {
    known.set(id, (await get(`batches/${id}?limit=1`)).approvalScope === "batch");
  } catch (problem) {
    // Then the page of the review says it.
    if (!(problem instanceof Problem) || problem.status === 401) throw problem;
  }
}

/** @param {any} request */
export const ofWhole = (request) => asked(request) && known.get(request.batch.id) === true;

/** @param {any} request */
export const wholeLink = ({ batch }) => h("a", { href: batchPlace(batch.id) }, "with its batch");
