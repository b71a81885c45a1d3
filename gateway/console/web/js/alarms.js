// Alarms as they have to be worked: the worst and newest first, who has seen which, what rests until when.

import {h} from "./dom.js";
import {may} from "./access.js";
import {ask} from "./api.js";
import {beside} from "./beside.js";
import {documents as live, isFleet, redraw} from "./live.js";
import {span, t, time, word} from "./i18n.js";

const SEVERITIES = ["critical", "high", "medium", "low"];
const MARKS = {critical: "◆", high: "▲", medium: "■", low: "●"};
const UNSEEN = new Set(["unacknowledged", "returned"]);
const RESTING = new Set(["shelved", "out-of-service", "suppressed"]);
const SHELVES_S = [900, 3600, 14_400, 28_800, 86_400];

const open = new Set(); // which alarms show their form
const answers = new Map(); // what became of the last act, by alarm
let company = new Map(); // how many alarms are in each group
let told = {key: "", acts: null}; // the history that is shown

/** All alarms of the documents, as the page lists them. */
export function standing(documents) {
  return [...documents].filter(([key]) => key.startsWith("a/")).map(([key, alarm]) => {
    const path = key.slice(2, key.lastIndexOf(":")), [site, gateway, ...target] = path.split("/");
    return {key, alarm, path, gateway: `${site}/${gateway}`, target: target.join("/"), name: key.slice(key.lastIndexOf(":") + 1)};
  });
}

const rank = ({alarm}) => SEVERITIES.indexOf(alarm.severity) + (UNSEEN.has(alarm.state) ? 0 : 10);
const worst = (a, b) => rank(a) - rank(b) || b.alarm.since - a.alarm.since;

export function alarmsPage(path, {documents, now}) {
  if (path) return onePage(path, documents, now);
  const all = standing(documents).sort(worst);
  const heard = all.filter(({alarm}) => !RESTING.has(alarm.state)), resting = all.filter(({alarm}) => RESTING.has(alarm.state));
  company = new Map();
  for (const {alarm} of all) company.set(alarm.group, (company.get(alarm.group) ?? 0) + 1);
  return [
    h("h1", {key: "title"}, t("nav.alarms")),
    ...floods(documents),
    heard.length ? section("heard", null, heard, documents, now) : h("p", {key: "none"}, t("alarms.none")),
    resting.length ? h("details", {key: "resting"}, h("summary", {}, t("alarms.resting", {count: resting.length})),
      section("rest", null, resting, documents, now)) : null,
  ].filter(Boolean);
}

const flooded = documents => new Set([...documents].filter(([key, each]) => key.startsWith("l/") && each.flood).map(([key]) => key.slice(2)));

function floods(documents) {
  return [...flooded(documents)].map(gateway =>
    h("p", {key: `flood-${gateway}`, class: "bad", role: "status"}, `▲ ${t("alarms.flood", {gateway})}`));
}

/** In a flood what has one cause is one line that opens; else every alarm is its own. */
function section(key, title, alarms, documents, now) {
  const flood = flooded(documents), groups = new Map();
  for (const each of alarms) {
    const cause = flood.has(each.gateway) ? `${each.gateway}/${each.alarm.cause ?? each.target}` : each.key;
    groups.set(cause, [...groups.get(cause) ?? [], each]);
  }
  return h("ul", {key, class: "alarm-list", "aria-label": title}, [...groups].map(([cause, inside]) =>
    inside.length === 1 ? item(inside[0], now) : h("li", {key: cause, class: "alarm-group"},
      h("details", {}, h("summary", {}, `${MARKS[inside[0].alarm.severity] ?? "▲"} ${t("alarms.together", {count: inside.length, cause: causeName(cause)})}`),
        h("ul", {class: "alarm-list"}, inside.map(each => item(each, now)))))));
}

const causeName = cause => cause.includes(":") ? `${cause.slice(0, cause.lastIndexOf(":"))} ${word("alarm", cause.slice(cause.lastIndexOf(":") + 1))}` : cause;

function item(each, now) {
  const {key, alarm, path, name} = each;
  const unseen = UNSEEN.has(alarm.state), loud = unseen && alarm.active && ["critical", "high"].includes(alarm.severity);
  return h("li", {key, class: `alarm s-${alarm.severity} ${loud ? "loud" : ""} ${RESTING.has(alarm.state) ? "rests" : ""}`},
    h("p", {key: "head", class: "alarm-head"},
      h("b", {class: unseen ? "bad" : null}, `${MARKS[alarm.severity] ?? "▲"} ${named(name)}`),
      h("span", {}, word("severity", alarm.severity ?? "")),
      h("span", {class: "alarm-state"}, word("alarm-state", alarm.state ?? "")),
      alarm.first && company.get(alarm.group) > 1 ? h("span", {class: "mark"}, t("alarms.first")) : null),
    h("p", {key: "where"}, whereLink(path), " · ", `${time(alarm.since)} (${span(now - alarm.since)})`,
      alarm.active ? "" : ` · ${t("alarms.gone")}`, alarm.raised > 1 ? ` · ${t("alarms.times", {count: alarm.raised})}` : ""),
    alarm.detail ? h("p", {key: "detail"}, beside(alarm.detail)) : null,
    h("p", {key: "do"}, advice(name)),
    rests(alarm, now),
    answers.has(key) ? h("p", {key: "answer", role: "status", class: answers.get(key).bad ? "bad" : null}, answers.get(key).text) : null,
    h("p", {key: "acts", class: "acts"}, acts(each),
      h("a", {class: "button", href: `#/alarms/${encodeURIComponent(`${path}:${name}`)}`}, t("alarms.history"))),
    open.has(key) ? form(each) : null);
}

/** The name of an alarm; which part of field has failed stands beside it. */
const named = name => name.endsWith("-failed") ? `${word("alarm", "part-failed")} (${name.slice(0, -7)})` : word("alarm", name);

const advice = name => {
  const known = name.endsWith("-failed") ? "part-failed" : name;
  return word("alarm-do", known) === known ? t("alarm-do.unknown") : word("alarm-do", known);
};

function whereLink(path) {
  const parts = path.split("/"), isFar = isFleet() && live.has(`c/${parts.slice(0, 2).join("/")}`);
  if (live.has(`o/${path}`) || (isFar && parts.length === 4)) return h("a", {href: `#/o/${path}`, title: path}, called(path));
  return isFar ? h("a", {href: `#/shed/${parts.slice(0, 2).join("/")}`, title: path}, called(path)) : h("span", {title: path}, called(path));
}

/** What people on site call a place: an outlet's sticker and its device's name; the path where nobody has named it. */
function called(path) {
  const outlet = live.get(`o/${path}`), device = live.get(`d/${outlet ? path.slice(0, path.lastIndexOf("/")) : path}`);
  return [outlet?.code || outlet?.label, device?.label].filter(Boolean).join(" · ") || path;
}

function rests(alarm, now) {
  const who = {by: alarm.by ?? "", why: alarm.why ?? "", until: alarm.until ? time(alarm.until) : "",
    left: alarm.until ? span(alarm.until - now) : "", cause: alarm.cause ? causeName(alarm.cause) : ""};
  if (alarm.state === "acknowledged" || alarm.state === "latched") return h("p", {key: "rests"}, t(`alarms.by-${alarm.state}`, who));
  return RESTING.has(alarm.state) ? h("p", {key: "rests"}, t(`alarms.by-${alarm.state}`, who)) : null;
}

function acts(each) {
  const {key, alarm, name} = each, button = (act, label, doing) =>
    h("button", {key: act, type: "button", class: act === "ack" ? null : "quiet", onclick: doing}, label);
  if (!may("operator")) return [];
  const latched = name === "locked-out";
  return [
    UNSEEN.has(alarm.state) ? button("ack", t("alarms.ack"), () => work(each, "seen", {act: "ack"})) : null,
    alarm.state === "shelved" ? button("unshelve", t("alarms.unshelve"), () => work(each, "seen", {act: "unshelve"})) : null,
    alarm.state === "out-of-service" && may("installer")
      ? button("restore", t("alarms.restore"), () => work(each, "service", {act: "restore", reason: t("alarms.restored")})) : null,
    latched || ["out-of-service", "suppressed"].includes(alarm.state) ? null : button("shelve", t("alarms.shelve"), () => toggle(key)),
  ];
}

function toggle(key) {
  if (!open.delete(key)) open.add(key);
  redraw();
}

function form(each) {
  return h("form", {key: "form", class: "shelf", onsubmit: event => shelve(event, each)},
    h("label", {}, t("alarms.reason"), h("input", {name: "reason", required: true, maxlength: 200, autocomplete: "off"})),
    h("label", {}, t("alarms.for"), h("select", {name: "for_s"},
      SHELVES_S.map(s => h("option", {key: s, value: s}, span(s * 1000))),
      may("installer") ? h("option", {key: "out", value: "out"}, t("alarms.remove")) : null)),
    h("button", {type: "submit"}, t("alarms.shelve")));
}

async function shelve(event, each) {
  event.preventDefault();
  const {reason, for_s} = Object.fromEntries(new FormData(event.target));
  const done = for_s === "out" ? await work(each, "service", {act: "remove", reason}) : await work(each, "shelf", {reason, for_s: Number(for_s)});
  if (done) toggle(each.key);
}

/** Ask, and show what is answered; how the alarm stands afterwards is shown when the gateway says so. */
async function work({key, gateway, target, name}, path, said) {
  answers.set(key, {text: t("alarms.asked"), bad: false});
  redraw();
  let done = false;
  try {
    const answer = await ask("POST", `alarms/${path}`, {gateway, target, alarm: name, ...said});
    done = answer.state === "done";
    const refusal = answer.state === "unconfirmed" ? "alarms.unconfirmed" : "alarms.refused";
    answers.set(key, done ? {text: t("alarms.done"), bad: false} : {text: `▲ ${t(refusal, {why: word("alarms.why", answer.reason)})}`, bad: true});
  } catch (refused) {
    answers.set(key, {text: `▲ ${t("alarms.refused", {why: word("alarms.why", refused.word ?? String(refused))})}`, bad: true});
  }
  told = {key: "", acts: null};
  redraw();
  return done;
}

// ---------------------------------------------------------------------------- one alarm

function onePage(path, documents, now) {
  const key = `a/${path}`, name = path.slice(path.lastIndexOf(":") + 1), where = path.slice(0, path.lastIndexOf(":"));
  const found = standing(documents).find(each => each.key === key);
  const state = `${documents.get(key)?.state ?? ""} ${documents.get(key)?.since ?? ""}`;
  if (told.key !== `${path} ${state}`) fetchHistory(path, state, where, name);
  return [
    h("p", {key: "back"}, h("a", {class: "button", href: "#/alarms"}, t("nav.alarms"))),
    h("h1", {key: "title"}, named(name), " ", h("small", {}, where)),
    found ? h("ul", {key: "now", class: "alarm-list"}, item(found, now)) : h("p", {key: "now"}, t("alarms.normal")),
    h("h2", {key: "history"}, t("alarms.history")),
    told.acts === null ? h("p", {key: "wait"}, "…") : told.acts.length ? h("ol", {key: "acts", class: "history"}, [...told.acts].reverse().map((act, i) =>
      h("li", {key: `${act.ts}-${i}`}, `${time(act.ts)} · ${word("alarm-act", act.what)}`, act.by ? ` · ${act.by}` : "", act.why ? ` · ${act.why}` : "",
        ` → ${word("alarm-state", act.state)}`))) : h("p", {key: "never"}, t("alarms.never")),
  ];
}

async function fetchHistory(path, state, where, name) {
  told = {key: `${path} ${state}`, acts: null};
  const [site, gateway, ...target] = where.split("/");
  const query = new URLSearchParams({gateway: `${site}/${gateway}`, target: target.join("/"), alarm: name});
  const acts = await ask("GET", `alarms/history?${query}`).catch(() => []);
  if (told.key === `${path} ${state}`) told.acts = acts;
  redraw();
}
