// @ts-check
/**
 * The reviewer's page. The token is in the fragment, which no server and no mail scanner sees, and
 * is sent as a header; opening the page changes nothing. Where the fragment names a request instead,
 * a key is asked for.
 */

import { byId } from "../common/dom.js";
import { onKeys, poll } from "../common/live.js";
import { leave } from "./by_key.js";
import { showKeys } from "./dialogs.js";
import { showList } from "./inbox.js";
import { keyed } from "./keys.js";
import { Page } from "./page.js";

const INBOX_MS = 20_000;

function start() {
  const page = new Page();
  const [keys, inbox] = [byId("show-keys"), byId("show-inbox")];
  inbox.addEventListener("click", () => showList(byId("inbox").hidden));
  keys.addEventListener("click", () => showKeys(page));
  byId("leave").addEventListener("click", () => leave(page));
  keys.hidden = false;
  onKeys((key) => keyed(page, key));
  addEventListener("hashchange", () => {
    page.begin();
    page.showInbox();
  });
  setInterval(page.tick, 1000);
  page.begin();
  poll(() => page.showInbox(), INBOX_MS).now();
}

start();
