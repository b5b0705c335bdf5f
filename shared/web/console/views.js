// @ts-check
/** Every view by the name that addresses have for it. */

import { attention } from "./attention.js";
import { batch } from "./batch.js";
import { batches } from "./batches.js";
import { deadletters } from "./deadletters.js";
import { deliveries } from "./deliveries.js";
import { deployments } from "./deployments.js";
import { policy } from "./policy.js";
import { request } from "./request.js";
import { requests } from "./requests.js";
import { spend } from "./spend.js";
import { template } from "./template.js";
import { templates } from "./templates.js";
import { waiting } from "./waiting.js";

/**
 * @typedef {object} Context
 * @property {import("./router.js").Route} route
 * @property {any} state what the view remembers from draw to draw
 * @property {() => void} redraw what is known, without asking anew
 * @property {() => Promise<void>} refresh ask anew, since something was changed
 */

/**
 * @typedef {object} View
 * @property {(route: import("./router.js").Route) => string} title
 * @property {(context: Context) => Promise<any>} load
 * @property {(data: any, context: Context) => Node | Node[]} draw
 * @property {Record<string, (context: Context, element: HTMLElement) => Promise<void>>} [actions]
 *   by `data-action` of a button or form
 * @property {(answer: import("../common/api.js").Answer) => string | undefined} [refusal]
 *   other words for a 4xx
 * @property {number} [everyMs] between two looks, where five seconds would be too often
 */

/** @type {Record<string, View>} */
export const VIEWS = {
  ...{ requests, request, batches, batch, waiting, attention },
  ...{ deployments, spend, deliveries, deadletters, policy, templates, template },
};
