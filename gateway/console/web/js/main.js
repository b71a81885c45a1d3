// The frame around every page: where we are, how old what we see is, language, search.

import {draw, h} from "./dom.js";
import {begin, documents, isFleet, line, lookAt, now, watch} from "./live.js";
import {language, LANGUAGES, span, speak, t} from "./i18n.js";
import {accountsPage, may, me, meet, signInPage, signOut, useTicket} from "./access.js";
import {find} from "./find.js";
import {bringForward, confirming, deeds, emergencyButton, readyToAct} from "./act.js";
import {alarmsPage} from "./alarms.js";
import {readyToAsk} from "./asked.js";
import {busesPage} from "./buses.js";
import {configPage} from "./config.js";
import {ordersPage} from "./orders.js";
import {outletPage} from "./outlet.js";
import {overviewPage} from "./overview.js";
import {shedPage, shedsPage} from "./sheds.js";
import {themeButton} from "./theme.js";
import {uplinksPage} from "./uplinks.js";

const PAGES = {"": overviewPage, alarms: alarmsPage, o: outletPage, find, orders: ordersPage, lines: busesPage,
  uplinks: uplinksPage, shed: shedPage, config: configPage, accounts: accountsPage, "sign-in": signInPage};

function route() {
  const [name, ...rest] = decodeURIComponent(location.hash.replace(/^#\/?/, "")).split("/");
  const first = isFleet() ? shedsPage : overviewPage;
  return {page: name ? PAGES[name] ?? first : first, name: name in PAGES ? name : "", rest: rest.join("/")};
}

const alarmCount = () => [...documents].filter(([key, {state}]) => key.startsWith("a/") && ["unacknowledged", "returned"].includes(state)).length;

function standing() {
  if (line.state === "live") return h("span", {class: "line"}, t("line.live"));
  const since = line.heardMs ? span(Date.now() - line.heardMs) : "";
  return h("span", {class: "line bad", role: "status"}, `▲ ${t(`line.${line.state}`, {since})}`);
}

function head(here, rest) {
  const link = (name, text) =>
    h("a", {key: `to-${name}`, href: `#/${name}`, "aria-current": here === name ? "page" : null}, text);
  const count = alarmCount();
  return h("header", {key: "head"},
    h("nav", {"aria-label": t("nav.pages")},
      link("", t("nav.overview")), link("alarms", count ? `${t("nav.alarms")} ${count}` : t("nav.alarms")),
      isFleet() ? null : [link("orders", t("nav.orders")), link("lines", t("nav.buses")), link("uplinks", t("nav.uplinks")),
        may("operator") ? link("config", t("nav.config")) : null],
      may("installer") ? link("accounts", t("nav.accounts")) : null),
    isFleet() ? null : h("form", {role: "search", onsubmit: search},
      h("input", {type: "search", name: "q", "aria-label": t("find.label"), placeholder: t("find.label"), maxlength: 64})),
    standing(),
    h("select", {"aria-label": t("nav.language"), onchange: changeLanguage},
      Object.entries(LANGUAGES).map(([key, name]) =>
        h("option", {key, value: key, selected: key === language}, name))),
    themeButton(show), emergencyButton(here === "o" ? rest : ""), signing());
}

function signing() {
  if (me.name === "this-box" && !me.has_accounts) return h("a", {class: "button", href: "#/sign-in"}, t("access.set-up"));
  return me.role ? h("button", {type: "button", class: "quiet", title: me.name, onclick: signOut}, t("access.sign-out")) : null;
}

function search(event) {
  event.preventDefault();
  const said = new FormData(event.target).get("q").trim();
  if (said) location.hash = `#/find/${encodeURIComponent(said)}`;
}

async function changeLanguage(event) {
  await speak(event.target.value);
  show();
}

function show() {
  document.title = t("title");
  if (!me.role) return draw(document.body, [h("main", {key: "sign-in"}, signInPage())]);
  const {page, name, rest} = route();
  lookAt(name === "shed" || name === "o" ? rest.split("/").slice(0, 2).join("/") : "");
  const body = line.state === "connecting" ? h("p", {}, t("line.connecting")) : page(rest, {documents, now: now()});
  draw(document.body, [
    head(name, rest), deeds({documents, now: now()}), h("main", {key: `page-${name}`, class: line.state === "live" ? null : "stale"}, body),
    confirming({documents}),
  ].filter(Boolean));
  bringForward();
}

await speak();
watch(show);
readyToAct(show);
readyToAsk(show);
addEventListener("hashchange", show);
const ticket = /^#\/ticket\/(.+)$/.exec(location.hash);
await meet(arrived);
if (ticket) await useTicket(ticket[1]);
arrived();

/** Somebody is there, or somebody else than before. */
function arrived() {
  if (me.role) begin();
  show();
}
