// One outlet: how it stands, why it is as it is, its order, its last trips.

import {h} from "./dom.js";
import {ABNORMAL, SHAPES} from "./conditions.js";
import {actions} from "./act.js";
import {beside} from "./beside.js";
import {isFleet} from "./live.js";
import {storiesOf, storyList} from "./story.js";
import {protection} from "./protection.js";
import {recordOf} from "./record.js";
import {lookAt, trend} from "./trend.js";
import {energy, money, power, quantity, span, t, time, word} from "./i18n.js";

export function outletPage(path, {documents, now}) {
  const outlet = documents.get(`o/${path}`);
  if (!outlet) return [h("p", {key: "none"}, t("outlet.none", {path}))];
  const [site, gateway, device, name] = path.split("/");
  const about = documents.get(`d/${site}/${gateway}/${device}`) ?? {};
  const target = `${device}/${name}`;
  const here = tripsOf(documents, `${site}/${gateway}`, target), limits = outlet.limits ?? about.limits;
  const told = here.map(([, trip]) => trip);
  return [
    h("h1", {key: "name"}, outlet.place || outlet.code || target, " ", h("small", {}, path)),
    h("p", {key: "condition", class: `condition c-${outlet.condition} ${ABNORMAL.has(outlet.condition) ? "bad" : ""}`},
      `${SHAPES[outlet.condition]} ${word("condition", outlet.condition)}`,
      outlet.latch ? ` – ${outlet.latch.split(", ").map(each => word("element", each)).join(", ")}` : ""),
    actions(path, outlet, about),
    h("dl", {key: "facts", class: "facts"}, facts(outlet, about, now)),
    alarms(documents, `${site}/${gateway}`, target, now),
    trips(here, path, target),
    trend(path, told, limits, now),
    protection(outlet, limits, told.map(trip => ({...trip, cause: causeOf(trip, target)}))),
    latest(isFleet() ? path : target, outlet, now),
  ].filter(Boolean);
}

/** The orders of the outlet, as its record tells them. */
function latest(target, outlet, now) {
  const stories = storiesOf(target, now, `${outlet.state} ${outlet.order_id ?? ""}`);
  return h("section", {key: "latest"}, h("h2", {}, t("story.latest")),
    stories === null ? h("p", {role: "status"}, t("story.looking")) : stories.length ? storyList(stories) : h("p", {}, t("story.none")));
}

/** How often a relay has closed, and how much that is of what it is rated for. */
const closings = (count, rated) => rated
  ? t("fact.rated", {count: quantity(count, 0, ""), rated: quantity(rated, 0, ""), share: quantity(100 * count / rated, 1, "%")})
  : t("fact.times", {count});

function facts(outlet, about, now) {
  const known = [
    ["fact.state", word("state", outlet.state ?? "unknown")],
    ["fact.power", power(outlet.w)],
    ["fact.current", outlet.a !== undefined && quantity(outlet.a, 2, "A")],
    ["fact.order", outlet.order_id],
    ["fact.stage", outlet.stage && word("stage", outlet.stage)],
    ["fact.energy", outlet.wh !== undefined && energy(outlet.wh)],
    ["fact.duration", outlet.s !== undefined && span(outlet.s * 1000)],
    ["fact.amount", outlet.amount_mil !== undefined && money(outlet.amount_mil)],
    ["fact.protection", word("protection", outlet.protection ?? "none")],
    ["fact.bound", outlet.bound_ms != null && quantity(outlet.bound_ms, 0, "ms")],
    ["fact.closings", outlet.closings > 0 && closings(outlet.closings, about.rated_closings)],
    ["fact.age", about.as_of != null ? span(now - about.as_of) : t("age.never")],
  ];
  return known.filter(([, value]) => value).map(([key, value]) => h("div", {key}, h("dt", {}, t(key)), h("dd", {}, value)));
}

function alarms(documents, gateway, target, now) {
  const here = [...documents].filter(([key]) => key.startsWith(`a/${gateway}/${target}:`));
  if (!here.length) return h("p", {key: "alarms"}, t("alarms.none"));
  return h("ul", {key: "alarms", class: "alarms"}, here.map(([key, alarm]) =>
    h("li", {key, class: "bad"}, `▲ ${word("alarm", key.split(":").at(-1))} · ${span(now - alarm.since)} ${beside(alarm.detail ?? "")}`)));
}

/** The trips of an outlet, the newest first. */
function tripsOf(documents, gateway, target) {
  const isOf = trip => trip.outlets?.includes(target) || trip.causes?.some(cause => cause.outlet === target);
  return [...documents].filter(([key, trip]) => key.startsWith(`t/${gateway}/`) && isOf(trip)).sort(([, a], [, b]) => b.ts - a.ts);
}

function trips(here, path, target) {
  if (!here.length) return h("p", {key: "trips"}, t("trips.none"));
  return h("section", {key: "trips"}, h("h2", {}, t("trips.title")), h("ol", {class: "trips"}, here.map(([key, trip]) =>
    h("li", {key}, sentence(trip, target), cutoff(trip), isFleet() ? look(path, trip) : recordOf(key.split("/").at(-1), look(path, trip))))));
}

const look = (path, trip) =>
  h("button", {key: "look", type: "button", class: "quiet", onclick: () => lookAt(path, trip.ts)}, t("trip.look"));

/** How long it took, beside how long it may take at most. */
function cutoff({measured_ms, bound_ms}) {
  if (measured_ms == null || bound_ms == null) return null;
  const whole = Math.max(measured_ms, bound_ms);
  const bar = (key, kind, ms, y, height) => h("rect", {key, svg: true, class: kind, x: 0, y, height, width: 100 * ms / whole});
  const label = t("trip.cutoff", {within: quantity(measured_ms, 0, "ms"), bound: quantity(bound_ms, 0, "ms")});
  return h("div", {class: "cutoff"}, h("svg", {viewBox: "0 0 100 10", preserveAspectRatio: "none", role: "img", "aria-label": label},
    bar("bound", "room", bound_ms, 0, 10), bar("measured", measured_ms > bound_ms ? "late" : "taken", measured_ms, 3, 4)));
}

const causeOf = (trip, target) => trip.causes?.find(each => each.outlet === target) ?? {};

function sentence(trip, target) {
  const cause = causeOf(trip, target);
  const unit = word("unit", cause.element ?? "");
  return t(trip.measured_ms == null ? "trip.begun" : "trip.done", {
    time: time(trip.ts), element: word("element", cause.element ?? "?"), ansi: cause.ansi ?? "",
    measured: quantity(cause.measured, 2, unit), pickup: quantity(cause.pickup, 2, unit),
    within: quantity(trip.measured_ms, 0, "ms"), bound: quantity(trip.bound_ms, 0, "ms"),
  });
}
