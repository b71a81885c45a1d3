// Which page is shown, and when it is drawn again.

import {draw, h} from "./dom.js";
import {begin, documents, isFleet, line, lookAt, now, watch} from "./live.js";
import {speak, t} from "./i18n.js";
import {accountsPage, me, meet, signInPage, useTicket} from "./access.js";
import {find} from "./find.js";
import {bringForward, confirming, deeds, readyToAct} from "./act.js";
import {alarmsPage} from "./alarms.js";
import {readyToAsk} from "./asked.js";
import {busesPage} from "./buses.js";
import {configPage} from "./config.js";
import {closeMenu, head} from "./head.js";
import {watchNear} from "./near.js";
import {ordersPage} from "./orders.js";
import {outletPage} from "./outlet.js";
import {overviewPage} from "./overview.js";
import {daysPage, shedPage, shedsPage} from "./sheds.js";
import {uplinksPage} from "./uplinks.js";

const PAGES = {"": overviewPage, alarms: alarmsPage, o: outletPage, find, orders: ordersPage, lines: busesPage,
  uplinks: uplinksPage, shed: shedPage, days: daysPage, config: configPage, accounts: accountsPage, "sign-in": signInPage};

const WHOLE = new Set(["", "shed", "accounts", "sign-in"]);

function route() {
  const [name, ...rest] = decoded(location.hash.replace(/^#\/?/, "")).split("/");
  const first = isFleet() ? shedsPage : overviewPage;
  const isKnown = Object.hasOwn(PAGES, name);
  return {page: name && isKnown ? PAGES[name] : first, name: isKnown ? name : "", rest: rest.join("/")};
}

/** An address that somebody has typed may be none. */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function show() {
  document.title = t("title");
  if (!me.role) return draw(document.body, [h("main", {key: "sign-in"}, signInPage())]);
  const {page, name, rest} = route();
  lookAt(name === "shed" || name === "o" ? rest.split("/").slice(0, 2).join("/") : "");
  const body = line.state === "connecting" ? h("p", {}, t("line.connecting")) : page(rest, {documents, now: now()});
  const isMade = isSimulated(name, rest);
  draw(document.body, [
    head(name, rest, show), deeds({documents, now: now()}),
    h("main", {key: `page-${name}`, class: `${line.state === "live" ? "" : "stale"} ${isMade ? "simulated" : ""}`.trim() || null},
      isMade ? h("p", {key: "simulated"}, h("strong", {class: "simulation"}, `◈ ${t("overview.simulated")}`)) : null, body),
    confirming({documents}),
  ].filter(Boolean));
  bringForward();
  watchNear();
}

/** Whether all that a page shows is simulated; those that show whole gateways mark each of them. */
function isSimulated(name, rest) {
  if (WHOLE.has(name)) return false;
  const [site, gateway] = rest.split("/"), own = documents.get(`g/${site}/${gateway}`);
  const shown = own ? [own] : [...documents].filter(([key]) => key.startsWith("g/")).map(([, each]) => each);
  return shown.length > 0 && shown.every(({simulated}) => simulated);
}

await speak();
watch(show);
readyToAct(show);
readyToAsk(show);
addEventListener("hashchange", () => {
  closeMenu();
  show();
});
const ticket = /^#\/ticket\/(.+)$/.exec(location.hash);
await meet(arrived);
if (ticket) await useTicket(ticket[1]);
arrived();

/** Somebody is there, or somebody else than before. */
function arrived() {
  if (me.role) begin();
  show();
}
