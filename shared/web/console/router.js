// @ts-check
/** Which page of the console the address asks for. */

/**
 * @typedef {object} Route
 * @property {string} name of the view
 * @property {string} id of the request, or ""
 * @property {URLSearchParams} query
 */

/** Each with its title, in the order of the navigation. */
export const PLACES = /** @type {const} */ ({
  requests: "Requests",
  waiting: "Waiting",
  attention: "Attention",
  deployments: "Deployments",
  spend: "Spend",
  deliveries: "Deliveries",
  deadletters: "Dead letters",
});

/** @param {string} hash @returns {Route} */
export function routeOf(hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [name, id = ""] = path.split("/").map(decoded);
  const known = Object.hasOwn(PLACES, name) ? name : "requests";
  const one = known === "requests" && id;
  return { name: one ? "request" : known, id: one ? id : "", query: new URLSearchParams(query) };
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

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
