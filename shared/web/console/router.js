// @ts-check
/** Which page of the console the address asks for. */

/**
 * @typedef {object} Route
 * @property {string} name of the view
 * @property {string} place of the navigation where it belongs
 * @property {string} id of the request, batch or template, or ""
 * @property {URLSearchParams} query
 */

/** Each with its title, in the order of the navigation. */
export const PLACES = /** @type {const} */ ({
  requests: "Requests",
  batches: "Batches",
  waiting: "Waiting",
  attention: "Attention",
  deployments: "Deployments",
  spend: "Spend",
  deliveries: "Deliveries",
  deadletters: "Dead letters",
  policy: "Policy",
  templates: "Templates",
});

/** The view of one of them, where there is one. @type {Record<string, string>} */
const ONE_OF = { requests: "request", batches: "batch", templates: "template" };

/** @param {string} hash @returns {Route} */
export function routeOf(hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [name, id = ""] = path.split("/").map(decoded);
  const place = Object.hasOwn(PLACES, name) ? name : "requests";
  const one = id && ONE_OF[place];
  return { name: one || place, place, id: one ? id : "", query: new URLSearchParams(query) };
}

/**
 * @param {string} name
 * @param {Record<string, string>} [query] empty values are left out
 */
export function placeOf(name, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value);
  const text = new URLSearchParams(given).toString();
  return `#/${name}${text ? `?${text}` : ""}`;
}

/** @param {string} id */
export const requestPlace = (id) => `#/requests/${encodeURIComponent(id)}`;

/** The reviewer's page, which knows the key that is kept in this tab. @param {string} id */
export const reviewPage = (id) => `review#request=${encodeURIComponent(id)}`;

/** @param {string} id */
export const batchPlace = (id) => `#/batches/${encodeURIComponent(id)}`;

/** @param {string} name */
export const templatePlace = (name) => `#/templates/${encodeURIComponent(name)}`;

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
