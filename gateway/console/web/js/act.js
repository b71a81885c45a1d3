// Acting: choose, then confirm with what will happen and to whom. What is shown afterwards is what was measured.

import {h} from "./dom.js";
import {ask} from "./api.js";
import {may, me} from "./access.js";
import {isFleet, lookedAt, now} from "./live.js";
import {named as shedName, shedNames} from "./names.js";
import {span, t, time, word} from "./i18n.js";

const SHEDS_SHOWN = 8;
const SWITCHED = new Set(["pile", "relay"]);
const GOOD_MS = 30_000; // so long what was confirmed is shown; everything else stays until it is dismissed
const FORGOTTEN = "gateway-dismissed";
const SHAPES = {sent: "◐", confirmed: "✓", unconfirmed: "▲", refused: "✕", failed: "✕"};

let choice = null; // what is about to be confirmed
let again = () => {};
const asked = new Map(); // what was asked from here, by id: as the gateway tells it, else as it was answered
const dismissed = new Set(JSON.parse(sessionStorage.getItem(FORGOTTEN) ?? "[]"));

/** `redraw` is called whenever something here has changed. */
export const readyToAct = redraw => { again = redraw; };

function choose(wanted) {
  choice = wanted;
  again();
}

/** To be called after each drawing: a dialog that has just been drawn is brought to the front. */
export function bringForward() {
  const dialog = document.querySelector("dialog.act");
  if (dialog && !dialog.open) dialog.showModal();
}

// ---------------------------------------------------------------------------- choosing

export const emergencyButton = path => may("operator") ? h("button", {key: "emergency", type: "button", class: "emergency",
  onclick: () => choose({kind: "emergency", path: path.split("/").length === 4 ? path : ""})},
  t("act.emergency")) : null;

/** What can be done to an outlet, as buttons; whoever may only look has none. */
export function actions(path, outlet, about) {
  if (!may("operator") || !SWITCHED.has(about.kind)) return null;
  const [site, gateway, device, name] = path.split("/");
  const here = {gateway: `${site}/${gateway}`, target: `${device}/${name}`};
  const isOpenedRelay = about.kind === "relay" && outlet.state === "off";
  const can = [
    outlet.order_id && about.kind === "pile" && {kind: "stop", ...here, order_id: outlet.order_id},
    (outlet.latch || isOpenedRelay) && {kind: "reset", ...here, latch: outlet.latch ?? "", closes: about.kind === "relay"},
    {kind: "safety-off", ...here},
    {kind: "read-now", gateway: here.gateway, target: device},
  ].filter(Boolean);
  return h("div", {key: "actions", class: "actions"}, can.map(wanted =>
    h("button", {key: wanted.kind, type: "button", class: "quiet", onclick: () => choose(wanted)},
      t(wanted.closes ? "act.close" : `act.${wanted.kind}`))));
}

// ---------------------------------------------------------------------------- confirming

export function confirming({documents}) {
  if (!choice) return null;
  const body = choice.kind === "emergency" ? emergency(documents) : question(documents);
  return h("dialog", {key: `act-${choice.kind}`, class: "act", "aria-labelledby": "act-title", onclose: () => choose(null)}, body,
    h("button", {key: "no", type: "button", class: "quiet", onclick: () => choose(null)}, t("act.cancel")));
}

function question(documents) {
  const {kind, gateway, target, order_id, latch, closes} = choice;
  const where = named(documents, gateway, target);
  const what = closes ? "close" : kind;
  const given = {where, order: order_id ?? "", latch: latch ? latch.split(", ").map(each => word("element", each)).join(", ") : "",
    ...counted(documents, gateway, target)};
  return [
    h("h2", {key: "title", id: "act-title"}, t(`act.${what}`)),
    h("p", {key: "says"}, t(`act.${what}-says`, given)),
    h("form", {key: "form", method: "dialog", onsubmit: confirmed},
      kind === "reset" ? h("label", {}, t("act.reason"),
        h("input", {name: "reason", required: true, maxlength: 200, autocomplete: "off"})) : null,
      h("button", {key: "yes", type: "submit", class: kind === "read-now" ? null : "emergency"}, t(`act.${what}-yes`, given))),
  ];
}

function confirmed(event) {
  event.preventDefault();
  const {kind, gateway, target, order_id = ""} = choice;
  const reason = new FormData(event.target).get("reason") ?? "";
  if (kind === "reset" && !reason.trim()) return;
  send({kind, gateway, target, order_id, reason});
}

/** One press for each thing that can be cut off: from here, the outlet, its pile, the whole site. */
function emergency(documents) {
  const [site, gateway, device, name] = choice.path.split("/");
  const here = name ? [[`${site}/${gateway}`, `${device}/${name}`], [`${site}/${gateway}`, device]] : [];
  const isOurs = ([of, target]) => SWITCHED.has(documents.get(`d/${of}/${target.split("/")[0]}`)?.kind);
  if (isFleet() && !lookedAt() && !choice.gateway) return whichShed(documents);
  const only = choice.gateway || lookedAt();
  const sites = [...documents.keys()].filter(key => key.startsWith("g/") && (!only || key === `g/${only}`)).map(key => [key.slice(2), "*"]);
  return [
    h("h2", {key: "title", id: "act-title"}, t("act.emergency")),
    h("p", {key: "says"}, t("act.emergency-says")),
    [...here.filter(isOurs), ...sites].map(([of, target]) =>
      h("button", {key: `${of}/${target}`, type: "button", class: "emergency",
        onclick: () => send({kind: "safety-off", gateway: of, target, order_id: "", reason: ""})},
        t(target === "*" ? "act.off-site" : target.includes("/") ? "act.off-outlet" : "act.off-pile",
          {where: named(documents, of, target), ...counted(documents, of, target)}))),
  ];
}

/** With many sheds first which one: nothing is cut off by this press, and nothing is offered for all at once. */
function whichShed(documents) {
  const said = (choice.said ?? "").toLowerCase();
  const fitting = shedNames(documents).filter(name => [name, shedName(documents, name)].some(text => text.toLowerCase().includes(said)));
  return [
    h("h2", {key: "title", id: "act-title"}, t("act.emergency")),
    h("p", {key: "which"}, t("sheds.which")),
    h("label", {key: "said"}, t("sheds.shed"), h("input", {type: "search", maxlength: 64, autocomplete: "off",
      value: choice.said ?? "", oninput: event => choose({...choice, said: event.target.value})})),
    h("ul", {key: "which-list", class: "which"}, fitting.slice(0, SHEDS_SHOWN).map(name => h("li", {key: name},
      h("button", {type: "button", class: "quiet", onclick: () => choose({...choice, gateway: name})},
        shedName(documents, name), shedName(documents, name) === name ? null : h("small", {}, ` ${name}`))))),
    fitting.length > SHEDS_SHOWN ? h("p", {key: "more"}, t("find.more", {count: fitting.length - SHEDS_SHOWN})) : null,
  ];
}

/** How many outlets a target has, and how many orders run there. */
function counted(documents, gateway, target) {
  const whole = documents.get(`c/${gateway}`);
  if (target === "*" && whole) return {outlets: whole.outlets, orders: whole.running};
  let outlets = 0, orders = 0;
  for (const [key, outlet] of documents) {
    if (!key.startsWith(`o/${gateway}/`)) continue;
    const [, , , device, name] = key.split("/");
    if (target !== "*" && target !== device && target !== `${device}/${name}`) continue;
    if (!SWITCHED.has(documents.get(`d/${gateway}/${device}`)?.kind)) continue;
    outlets += 1;
    orders += outlet.order_id ? 1 : 0;
  }
  return {outlets, orders};
}

function named(documents, gateway, target) {
  if (target === "*") return documents.get(`g/${gateway}`)?.label ? `${shedName(documents, gateway)} (${gateway})` : gateway;
  const code = documents.get(`o/${gateway}/${target}`)?.code;
  return code ? `${code} (${target})` : target;
}

// ---------------------------------------------------------------------------- sending

const newId = () => `c-${[...crypto.getRandomValues(new Uint8Array(12))].map(byte => byte.toString(16).padStart(2, "0")).join("")}`;

/** Ask for something; asked again under the same id it is the same wish. */
async function send(wish, id = newId()) {
  choice = null;
  const deed = {kind: wish.kind, gateway: wish.gateway, target: wish.target, order_id: wish.order_id, at: now(), wish};
  asked.set(id, {...deed, standing: "sent"});
  again();
  try {
    asked.set(id, {...deed, ...await ask("POST", "commands", {id, ...wish})});
  } catch (refused) {
    asked.set(id, {...deed, standing: refused.status ? "refused" : "unheard", reason: refused.word});
  }
  again();
}

function dismiss(id) {
  asked.delete(id);
  dismissed.add(id);
  sessionStorage.setItem(FORGOTTEN, JSON.stringify([...dismissed].slice(-200)));
  again();
}

// ---------------------------------------------------------------------------- what became of it

/** What this person has asked for, the newest first, until it is dismissed. */
export function deeds(sight) {
  for (const [key, deed] of sight.documents) {
    if (!key.startsWith("k/") || deed.by !== me.name) continue;
    const [, site, gateway, id] = key.split("/");
    asked.set(id, {...deed, gateway: `${site}/${gateway}`});
  }
  const isOver = ({standing, confirmed}) => standing === "confirmed" && sight.now - confirmed > GOOD_MS;
  const list = [...asked].filter(([id, deed]) => !dismissed.has(id) && !isOver(deed)).sort(([, a], [, b]) => b.at - a.at);
  if (!list.length) return null;
  return h("ul", {key: "deeds", class: "deeds", "aria-label": t("act.results"), "aria-live": "polite"},
    list.map(([id, deed]) => row(id, deed, sight)));
}

function row(id, deed, sight) {
  const what = t(`act.${deed.kind}-did`, {where: named(sight.documents, deed.gateway, deed.target), order: deed.order_id ?? ""});
  const isGood = deed.standing === "sent" || deed.standing === "confirmed";
  const isUnrecorded = deed.reason === "not-recorded" && deed.standing !== "failed";
  return h("li", {key: id, class: isGood ? null : "bad"},
    h("span", {}, `${SHAPES[deed.standing] ?? "▲"} ${what}: ${became(deed, sight.now)}`,
      isUnrecorded ? ` ${t("reason.not-recorded")}` : ""),
    deed.standing === "unheard" ? h("button", {key: "again", type: "button", onclick: () => send(deed.wish, id)}, t("act.again")) : null,
    h("button", {key: "seen", type: "button", class: "quiet", "aria-label": `${t("act.dismiss")} ${what}`, onclick: () => dismiss(id)}, "✕"));
}

const became = (deed, now) => t(`standing.${deed.kind === "reset" && deed.standing === "confirmed" ? "released" : deed.standing}`, {
  reason: [because(deed.reason ?? ""), telling(deed)].filter(Boolean).join(" – "),
  since: span(now - deed.at), time: deed.confirmed ? time(deed.confirmed) : "",
  within: span(deed.within_ms ?? 0), left: deed.left ?? 0,
});

/** What a refusal adds to its word: figures and names; a sentence is the gateway's English, for a word that has none here. */
const telling = ({reason = "", detail = ""}) => because(reason) !== reason && / [a-z]+ [a-z]+ /.test(detail) ? "" : detail;

/** The words for a refusal. */
export function because(reason) {
  const said = word("reason", reason);
  return said === reason ? word("refused", reason) : said;
}
