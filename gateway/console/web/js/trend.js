// What was measured at an outlet: the last minutes, going on, or the time around a moment.

import {h} from "./dom.js";
import {ask} from "./api.js";
import {chart, usualStep} from "./chart.js";
import {isFleet, redraw} from "./live.js";
import {momentOf, quantity, span, t, time, word} from "./i18n.js";

const LIVE_MS = 600_000, AROUND_MS = 10_000, AGAIN_MS = 5000;
const LATE_MS = 15_000; // readings are stored so much later than they were taken
const FEWEST = 4, RARE_MS = 10_000; // between readings
const SHOWN = [["current", 2], ["power", 0], ["temperature", 1]];
const OF_CURRENT = new Set(["definite-time", "inverse-time", "thermal"]);
const LIMITS = {current: "pickup_a", power: "max_power_w", temperature: "over_temperature_c"};
const ELEMENTS = {current: element => OF_CURRENT.has(element), power: element => element === "power-limit",
  temperature: element => element === "over-temperature"};

let view = {path: "", moment: null, asked: 0, isAsking: false, begin: 0, end: 0, series: null};

const anew = (path, moment) => { view = {path, moment, asked: 0, isAsking: false, begin: 0, end: 0, series: null}; };

/** Whether more can come of the time that is shown. */
const isGoingOn = now => view.moment === null || now < view.moment + AROUND_MS + LATE_MS + AGAIN_MS;

/** Show the time around a moment; null: the last minutes. */
export function lookAt(path, moment) {
  anew(path, moment);
  redraw();
}

/** `trips` are those of this outlet: {ts, causes}; `limits` are what its protection is set to. */
export function trend(path, trips, limits, now) {
  if (view.path !== path) anew(path, null);
  if (!view.isAsking && (view.series === null || (isGoingOn(now) && now - view.asked > AGAIN_MS))) look(view, now);
  return h("section", {key: "trend"}, h("h2", {}, t("trend.title")), chooser(path), drawn(trips, limits ?? {}, now));
}

async function look(mine, now) {
  Object.assign(mine, {isAsking: true, asked: now});
  const end = Math.round(mine.moment === null ? now : mine.moment + AROUND_MS);
  const oldest = mine.moment === null ? end - LIVE_MS : Math.round(mine.moment - AROUND_MS);
  const begin = mine.series && mine.moment === null ? Math.max(oldest, mine.end - LATE_MS) : oldest;
  const outlet = isFleet() ? mine.path : mine.path.split("/").slice(2).join("/");
  try {
    const found = await ask("GET", `history?outlet=${outlet}&begin=${begin}&end=${end}`);
    Object.assign(mine, {begin: oldest, end, refused: "", series: joined(mine.series ?? {}, found.series, oldest, begin)});
  } catch (refused) {
    Object.assign(mine, {refused: refused.word ?? String(refused), series: mine.series ?? {}});
  }
  mine.isAsking = false;
  if (mine === view) redraw();
}

/** What was known until `begin`, then what has been found since. */
function joined(before, found, oldest, begin) {
  const all = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(found)])) {
    const old = before[name] ?? {ts: [], low: [], high: []}, fresh = found[name] ?? {ts: [], low: [], high: []};
    const kept = old.ts.map((ts, i) => i).filter(i => old.ts[i] >= oldest && old.ts[i] < begin);
    all[name] = {unit: fresh.unit ?? old.unit};
    for (const column of ["ts", "low", "high"]) all[name][column] = [...kept.map(i => old[column][i]), ...fresh[column]];
  }
  return all;
}

function chooser(path) {
  const chosen = event => {
    event.preventDefault();
    const said = new FormData(event.target).get("moment");
    const moment = momentOf(said);
    if (!Number.isNaN(moment)) lookAt(path, moment);
  };
  return h("form", {key: "chooser", class: "chooser", onsubmit: chosen},
    h("label", {}, t("trend.moment"), h("input", {type: "datetime-local", name: "moment", step: 1, required: true})),
    h("button", {key: "go", type: "submit", class: "quiet"}, t("trend.look")),
    view.moment === null ? null : h("button", {key: "live", type: "button", class: "quiet", onclick: () => lookAt(path, null)}, t("trend.live")));
}

function drawn(trips, limits, now) {
  if (view.series === null) return h("p", {key: "wait", role: "status"}, t("trend.looking"));
  const known = SHOWN.filter(([name]) => view.series[name]?.ts.length);
  if (view.refused) return h("p", {key: "none"}, t("trend.unsaid", {why: word("trend-why", view.refused)}));
  if (!known.length) return h("p", {key: "none"}, t("trend.none"));
  return h("div", {key: "charts"}, known.map(([name, digits]) => figure(name, digits, trips, limits[LIMITS[name]], now)));
}

/** Whether a charge, or what trips it, can begin and end between two readings. */
const isRare = ({ts}) => ts.length < FEWEST || usualStep(ts) > RARE_MS;

function figure(name, digits, trips, limit, now) {
  const series = view.series[name];
  const causes = trips.flatMap(trip => trip.causes ?? []).filter(cause => ELEMENTS[name](cause.element) && cause.pickup != null);
  const limits = [...new Set([...causes.map(cause => cause.pickup), ...limit == null ? [] : [limit]])];
  const said = value => quantity(value, digits, series.unit);
  const label = t("trend.says", {what: word("trend", name), last: said(series.high.at(-1)),
    age: span(now - series.ts.at(-1)), most: said(Math.max(...series.high))});
  return h("figure", {key: name},
    h("figcaption", {}, label, isRare(series) ? h("span", {class: "old"}, ` ▲ ${t("trend.rare")}`) : null, limits.length ? h("span", {class: "limit-text"}, ` ┄ ${t("trend.limit", {limit: limits.map(said).join(", ")})}`) : null),
    chart({series, begin: view.begin, end: view.end, limits, markers: trips.map(trip => trip.ts), label}),
    h("div", {class: "ends"}, h("small", {}, time(view.begin)), h("small", {}, time(view.end))));
}
