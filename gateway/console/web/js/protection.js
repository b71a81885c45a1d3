// When the protection of an outlet opens it, by the current: both axes in powers of ten, as such curves are drawn.
// Formulas: 51 IEC 60255-151, 49 IEC 60255-149 (cold). The zone that is filled is where it is guaranteed not to stay.

import {h} from "./dom.js";
import {quantity, span, t} from "./i18n.js";

const WIDTH = 600, HEIGHT = 220, STEPS = 60;
const CEILING = 20, PICKS_UP = 1.1; // of the setting of 51
const FAST_MS = 10, SLOW_MS = 10_000, SLOWEST_MS = 10_000_000;

/** The ms after which a constant current opens the outlet by 51 or 49; infinite where it never does. */
export function slowMs({inverse, thermal}, amps) {
  const multiple = inverse ? Math.min(amps / inverse.setting_a, CEILING) : 0;
  const byInverse = multiple >= PICKS_UP ? inverse.tms * inverse.k_s / (multiple ** inverse.alpha - 1) : Infinity;
  const limit = thermal ? thermal.k * thermal.base_a : Infinity;
  const byThermal = amps > limit ? thermal.tau_s * Math.log(amps ** 2 / (amps ** 2 - limit ** 2)) : Infinity;
  return 1000 * Math.min(byInverse, byThermal);
}

/** `trips` are those of this outlet, each with its cause; `amps` flows now. */
export function protection(outlet, limits, trips) {
  if (!limits || limits.pickup_a == null && !limits.inverse && !limits.thermal) return null;
  const measured = trips.map(({cause, measured_ms}) => ({amps: cause.measured, ms: measured_ms, element: cause.element}))
    .filter(({ms, element}) => ms != null && element === "definite-time");
  const worstMs = measured.length ? Math.max(...measured.map(({ms}) => ms)) : null;
  const said = [pickup(limits), slow(limits), guarantee(outlet, worstMs), now(outlet.a, outlet, limits)].filter(Boolean);
  return h("section", {key: "protection"}, h("h2", {}, t("protection.title")),
    h("figure", {class: "plot"}, plot(outlet, limits, measured, said.map(([, text]) => text).join(" ")),
      h("ul", {class: "legend"}, said.map(([kind, text]) => h("li", {key: kind}, swatch(kind), text)))));
}

function pickup({pickup_a, samples, trip_delay_ms}) {
  if (pickup_a == null) return null;
  const given = {amps: quantity(pickup_a, 2, "A"), samples, delay: quantity(trip_delay_ms, 0, "ms")};
  return ["limit", t(trip_delay_ms ? "protection.delayed" : "protection.pickup", given)];
}

function slow({inverse, thermal}) {
  const parts = [inverse && t("protection.inverse", {amps: quantity(PICKS_UP * inverse.setting_a, 2, "A")}),
    thermal && t("protection.thermal", {amps: quantity(thermal.k * thermal.base_a, 2, "A")})].filter(Boolean);
  return parts.length ? ["curve", parts.join(" ")] : null;
}

function guarantee({bound_ms}, worstMs) {
  if (bound_ms == null) return ["dot", t("protection.no-bound")];
  const bound = quantity(bound_ms, 0, "ms");
  if (worstMs === null) return ["zone", t("protection.bound", {bound})];
  return ["dot", t(worstMs > bound_ms ? "protection.missed" : "protection.kept",
    {bound, worst: quantity(worstMs, 0, "ms"), slack: quantity(Math.abs(bound_ms - worstMs), 0, "ms")})];
}

function now(amps, {bound_ms}, limits) {
  if (amps === undefined) return null;
  const said = quantity(amps, 2, "A"), ms = slowMs(limits, amps);
  if (limits.pickup_a != null && amps > limits.pickup_a) return ["now", t("protection.opens", {amps: said, within: quantity(bound_ms, 0, "ms")})];
  return ["now", ms < Infinity ? t("protection.opens", {amps: said, within: span(ms)}) : t("protection.holds", {amps: said})];
}

const swatch = kind => h("svg", {class: "swatch", viewBox: "0 0 24 12", "aria-hidden": "true"},
  kind === "zone" ? h("rect", {svg: true, class: "zone", width: 24, height: 12}) :
    h("line", {svg: true, class: kind, x1: kind === "dot" ? 12 : 0, y1: 6, x2: kind === "dot" ? 12 : 24, y2: 6}));

function axis(low, high, length) {
  const first = Math.floor(Math.log10(low)), last = Math.max(first + 1, Math.ceil(Math.log10(high)));
  const ticks = Array.from({length: last - first + 1}, (_, i) => first + i);
  const place = value => Math.min(length, Math.max(0, (Math.log10(value) - first) / (last - first) * length));
  return {ticks, place, at: share => 10 ** (first + share * (last - first)), low: 10 ** first};
}

function plot({a, bound_ms}, limits, measured, label) {
  const {pickup_a, inverse, thermal} = limits;
  const usual = pickup_a ?? inverse?.setting_a ?? thermal.base_a;
  const x = axis(usual / 10, Math.max(usual * 5, ...measured.map(({amps}) => amps)), WIDTH);
  const y = axis(FAST_MS, Math.max(inverse || thermal ? SLOWEST_MS : SLOW_MS, bound_ms ?? 0), HEIGHT);
  const up = ms => HEIGHT - y.place(ms);
  const line = (key, kind, x1, y1, x2, y2) => h("line", {key, svg: true, class: kind, x1, y1, x2, y2, "vector-effect": "non-scaling-stroke"});
  const edge = pickup_a == null ? WIDTH : x.place(pickup_a), floor = bound_ms == null ? 0 : up(bound_ms);
  return h("div", {class: "axes"},
    h("div", {key: "y", class: "y", "aria-hidden": "true"}, y.ticks.toReversed().map(tick => h("small", {key: tick}, timeSaid(10 ** tick)))),
    h("svg", {key: "plot", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": label},
      bound_ms == null ? null : h("rect", {key: "zone", svg: true, class: "zone", x: edge, y: 0, width: WIDTH - edge, height: floor}),
      x.ticks.map(tick => line(`x${tick}`, "ground", x.place(10 ** tick), 0, x.place(10 ** tick), HEIGHT)),
      y.ticks.map(tick => line(`y${tick}`, "ground", 0, up(10 ** tick), WIDTH, up(10 ** tick))),
      pickup_a == null ? null : line("limit", "limit", edge, 0, edge, bound_ms == null ? HEIGHT : floor),
      bound_ms == null || pickup_a == null ? null : line("bound", "limit", edge, floor, WIDTH, floor),
      inverse || thermal ? h("path", {key: "curve", svg: true, class: "curve", d: curve(limits, x, up), "vector-effect": "non-scaling-stroke"}) : null,
      a > x.low ? line("now", "now", x.place(a), 0, x.place(a), HEIGHT) : null,
      measured.map(({amps, ms}, i) => line(`trip-${i}`, ms > bound_ms ? "dot late" : "dot", x.place(amps), up(ms), x.place(amps), up(ms)))),
    h("div", {key: "x", class: "x", "aria-hidden": "true"}, x.ticks.map(tick => h("small", {key: tick}, quantity(10 ** tick, Math.max(0, -tick), "A")))));
}

function curve(limits, x, up) {
  const points = Array.from({length: STEPS + 1}, (_, i) => x.at(i / STEPS)).map(amps => [amps, slowMs(limits, amps)]).filter(([, ms]) => ms < Infinity);
  return points.map(([amps, ms], i) => `${i ? "L" : "M"}${x.place(amps).toFixed(1)} ${up(ms).toFixed(1)}`).join("");
}

const timeSaid = ms => ms < 1000 ? quantity(ms, 0, "ms") : quantity(ms / 1000, 0, "s");
