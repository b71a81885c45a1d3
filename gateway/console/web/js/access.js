// Signing in and out, the first set-up with the code from the box, and the accounts.

import {h} from "./dom.js";
import {ask} from "./api.js";
import {keepTimeOf, t, word} from "./i18n.js";

export const ROLES = ["viewer", "operator", "installer"];
export const me = {name: "", role: "", has_accounts: true, can_set_up: false, is_known: false};

let said = ""; // the word of the last refusal
let accounts = null;
let again = () => {};

/** Who is it? `redraw` is called whenever that has changed. */
export async function meet(redraw) {
  again = redraw;
  Object.assign(me, {name: "", role: ""}, await ask("GET", "me"), {is_known: true});
  keepTimeOf(me.timezone);
}

export const may = role => ROLES.indexOf(me.role) >= ROLES.indexOf(role);

/** Use up a ticket of the address line; it is taken out of the line and of the history at once. */
export async function useTicket(ticket) {
  history.replaceState(null, "", "#/");
  await attempt(() => ask("POST", "session", {ticket}));
}

export async function signOut() {
  await attempt(() => ask("DELETE", "session"));
  location.reload(); // whatever was seen is gone with it
}

async function attempt(doing) {
  said = "";
  try {
    await doing();
    await meet(again);
    return true;
  } catch (refused) {
    said = refused.word ?? String(refused);
    return false;
  } finally {
    again();
  }
}

const refusal = () => said && h("p", {key: "refusal", class: "bad", role: "alert"}, `▲ ${sentence(said)}`);

function sentence(given) {
  const [name, figure] = given.split(":");
  return t(`refused.${name}`, {figure}) === `refused.${name}` ? given : t(`refused.${name}`, {figure});
}

function field(name, type, autocomplete) {
  return h("label", {key: name}, t(`access.${name}`),
    h("input", {name, type, autocomplete, required: true, maxlength: 256, autocapitalize: "none", spellcheck: "false"}));
}

const form = (key, title, fields, act) => h("form", {key, class: "access", onsubmit: act},
  h("h1", {key: "title"}, title), fields, refusal(), h("button", {key: "go", type: "submit"}, title));

const given = event => {
  event.preventDefault();
  return Object.fromEntries(new FormData(event.target));
};

async function signIn(event) {
  const {name, password} = given(event);
  if (await attempt(() => ask("POST", "session", {name, password}))) location.hash = "#/";
}

async function setUp(event) {
  const {code, name, password} = given(event);
  if (await attempt(() => ask("POST", "set-up", {code, name, password}))) location.hash = "#/";
}

export function signInPage() {
  if (!me.has_accounts) return [setUpForm()];
  return [
    form("sign-in", t("access.sign-in"),
      [field("name", "text", "username"), field("password", "password", "current-password")], signIn),
    me.can_set_up ? setUpForm() : null,
  ].filter(Boolean);
}

function setUpForm() {
  if (!me.can_set_up) return h("p", {key: "how"}, t("access.how-to-arm"));
  return form("set-up", t("access.set-up"), [
    h("p", {key: "help"}, t("access.set-up-help")), field("code", "text", "one-time-code"),
    field("name", "text", "username"), field("password", "password", "new-password")], setUp);
}

// ---------------------------------------------------------------------------- accounts

async function load() {
  accounts = await ask("GET", "accounts").catch(() => []);
  again();
}

async function add(event) {
  const target = event.target, {name, password, role} = given(event);
  if (await attempt(() => ask("POST", "accounts", {name, password, role}))) {
    target.reset();
    await load();
  }
}

const change = (name, role) => attempt(() => ask("PATCH", `accounts/${encodeURIComponent(name)}`, {role})).then(load);

async function remove(name) {
  if (!confirm(t("access.remove-sure", {name}))) return;
  await attempt(() => ask("DELETE", `accounts/${encodeURIComponent(name)}`));
  await load();
}

const roles = (chosen, onchange, label) => h("select", {name: "role", "aria-label": label, onchange},
  ROLES.map(role => h("option", {key: role, value: role, selected: role === chosen}, word("role", role))));

export function accountsPage() {
  if (!may("installer")) return [h("p", {key: "no"}, t("refused.needs-installer"))];
  if (accounts === null) {
    accounts = [];
    load();
  }
  return [
    h("h1", {key: "title"}, t("nav.accounts")),
    refusal() || null,
    h("table", {key: "list"}, h("tbody", {}, accounts.map(({name, role}) => h("tr", {key: name},
      h("td", {}, name),
      h("td", {}, roles(role, event => change(name, event.target.value), `${t("access.role")} ${name}`)),
      h("td", {}, h("button", {type: "button", onclick: () => remove(name)}, t("access.remove"))))))),
    form("add", t("access.add"), [field("name", "text", "off"), field("password", "password", "new-password"),
      h("label", {key: "role"}, t("access.role"), roles("viewer", null, t("access.role")))], add),
  ].filter(Boolean);
}
