// The bar above every page: where one can go, search, how old what is seen is, the emergency stop in one tap.
// On a phone the pages that are used most are a bar below, the others wait behind the menu with what is chosen once.

import {h} from "./dom.js";
import {documents, isFleet, line} from "./live.js";
import {language, LANGUAGES, span, speak, t} from "./i18n.js";
import {may, me, signOut} from "./access.js";
import {emergencyButton} from "./act.js";
import {themeButton} from "./theme.js";

const WAITING = new Set(["unacknowledged", "returned"]); // alarms that nobody has seen

/** `show` draws everything again. */
export function head(here, rest, show) {
  return h("header", {key: "head"},
    h("nav", {key: "pages", "aria-label": t("nav.pages")}, often(here), seldom(here)),
    h("form", {key: "search", role: "search", onsubmit: search},
      h("input", {type: "search", name: "q", "aria-label": t("find.label"), placeholder: t("find.label"), maxlength: 64})),
    standing(),
    h("details", {key: "menu", class: "menu", onkeydown: closeOnEscape, onfocusout: closeWhenLeft},
      h("summary", {"aria-label": t("nav.menu"), title: t("nav.menu")}, "☰"),
      h("div", {}, h("nav", {"aria-label": t("nav.more")}, seldom(here)),
        h("select", {"aria-label": t("nav.language"), onchange: event => speak(event.target.value).then(show)},
          Object.entries(LANGUAGES).map(([key, name]) => h("option", {key, value: key, selected: key === language}, name))),
        themeButton(show), signing())),
    emergencyButton(here === "o" ? rest : ""));
}

const link = (here, name, text) =>
  h("a", {key: `to-${name}`, href: `#/${name}`, "aria-current": here === name ? "page" : null}, text);

function often(here) {
  const count = [...documents].filter(([key, {state}]) => key.startsWith("a/") && WAITING.has(state)).length;
  return [link(here, "", t("nav.overview")), link(here, "alarms", count ? `${t("nav.alarms")} ${count}` : t("nav.alarms")),
    link(here, "orders", t("nav.orders")), isFleet() ? link(here, "days", t("nav.days")) : link(here, "lines", t("nav.buses"))];
}

const seldom = here => h("span", {key: "seldom", class: "seldom"},
  isFleet() ? null : [link(here, "uplinks", t("nav.uplinks")), may("operator") ? link(here, "config", t("nav.config")) : null],
  may("installer") ? link(here, "accounts", t("nav.accounts")) : null);

function standing() {
  if (line.state === "live") return h("span", {key: "line", class: "line"}, t("line.live"));
  const since = line.heardMs ? span(Date.now() - line.heardMs) : "";
  return h("span", {key: "line", class: "line bad", role: "status"}, `▲ ${t(`line.${line.state}`, {since})}`);
}

function signing() {
  if (me.name === "this-box" && !me.has_accounts) return h("a", {key: "set-up", class: "button", href: "#/sign-in"}, t("access.set-up"));
  return me.role ? h("button", {key: "out", type: "button", class: "quiet", title: me.name, onclick: signOut}, t("access.sign-out")) : null;
}

function search(event) {
  event.preventDefault();
  const said = new FormData(event.target).get("q").trim();
  if (said) location.hash = `#/find/${encodeURIComponent(said)}`;
}

/** The menu does not stay open over the page that was chosen in it. */
export function closeMenu() {
  document.querySelector("header .menu")?.removeAttribute("open");
}

function closeOnEscape({key, currentTarget}) {
  if (key !== "Escape") return;
  closeMenu();
  currentTarget.firstElementChild.focus();
}

function closeWhenLeft({currentTarget, relatedTarget}) {
  if (relatedTarget && !currentTarget.contains(relatedTarget)) closeMenu();
}
