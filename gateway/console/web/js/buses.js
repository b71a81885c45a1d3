// The lines: how busy, what fails, how fast their devices answer, what is guaranteed and what was measured.

import {h} from "./dom.js";
import {may} from "./access.js";
import {asked} from "./asked.js";
import {isWatched, monitor, watchLine} from "./frames.js";
import {quantity, span, t, word} from "./i18n.js";

const EVERY_MS = 2000;
const KINDS = ["crc", "truncated", "timeout", "foreign", "exception", "link"];
const NO_LOAD_LEFT = 0.97;
const OLD_S = 5;

export function busesPage(_, {documents}) {
  const {body, refused} = asked("lines", EVERY_MS);
  const title = h("h1", {key: "title"}, t("buses.title"));
  if (refused) return [title, h("p", {key: "refused", class: "bad", role: "alert"}, `⊘ ${word("refused", refused)}`)];
  if (!body) return [title, h("p", {key: "waiting", role: "status"}, t("orders.waiting"))];
  const measured = worstMeasured(documents);
  return [
    title,
    h("p", {key: "age", class: body.age_s > OLD_S ? "bad" : "line"}, t("buses.age", {age: span(body.age_s * 1000)}),
      body.loop_late_worst_ms ? ` · ▲ ${t("buses.late", {late: quantity(body.loop_late_worst_ms, 0, "ms")})}` : ""),
    ...Object.entries(body.buses).map(([name, bus]) => section(name, bus, body.bounds_ms, measured)),
  ];
}

/** The longest measured cutoff of each device among the trips that are known here. */
function worstMeasured(documents) {
  const worst = new Map();
  for (const [key, trip] of documents) {
    if (!key.startsWith("t/") || trip.measured_ms == null) continue;
    for (const device of new Set((trip.outlets ?? []).map(outlet => outlet.split("/")[0]))) {
      worst.set(device, Math.max(worst.get(device) ?? 0, trip.measured_ms));
    }
  }
  return worst;
}

function section(name, bus, bounds, measured) {
  const load = bus.load == null ? "–" : quantity(100 * bus.load, 0, "%");
  const slack = bus.load == null ? "–" : quantity(100 * Math.max(0, 1 - bus.load), 0, "%");
  const isFull = bus.load > NO_LOAD_LEFT;
  return h("section", {key: name, class: "bus", "aria-label": name},
    h("h2", {}, name, bus.link_losses ? h("strong", {class: "old"}, ` ⊘ ${t("buses.losses", {count: bus.link_losses})}`) : null),
    h("dl", {class: "facts"},
      fact("buses.load", `${isFull ? "▲ " : ""}${load}`, isFull), fact("buses.slack", slack), fact("buses.round", quantity(bus.ring_ms, 1, "ms")),
      fact("buses.stray", quantity(bus.stray_bytes, 0, t("unit.bytes")))),
    h("div", {class: "scroll", tabindex: 0, role: "region", "aria-label": name}, h("table", {class: "lines"},
      h("thead", {}, h("tr", {}, [t("buses.device"), t("buses.answers"), ...KINDS.map(kind => word("failure", kind)),
        t("buses.noise"), t("buses.turnaround"), t("buses.bound"), t("buses.measured")].map(text => h("th", {key: text, scope: "col"}, text)))),
      h("tbody", {}, Object.entries(bus.answers).map(([device, answers]) =>
        row(device, answers, bus, bounds[device], measured.get(device)))))),
    isWatched(name) ? monitor(Object.keys(bus.answers)) :
      may("operator") ? h("button", {key: "watch", type: "button", class: "quiet", onclick: () => watchLine(name)}, t("frames.watch")) : null);
}

const fact = (key, value, isBad = false) => h("div", {key, class: isBad ? "bad" : null}, h("dt", {}, t(key)), h("dd", {}, value));

function row(device, answers, bus, boundMs, measuredMs) {
  const isSilent = bus.silent.includes(device), failures = bus.failures[device] ?? {};
  const noise = Object.values(bus.noise[device] ?? {}).reduce((sum, count) => sum + count, 0);
  const [median, late] = bus.turnarounds_ms[device] ?? [];
  const isBroken = boundMs !== undefined && measuredMs > boundMs;
  const figure = (key, value, kind = "") => h("td", {key, class: `figure ${kind}`}, value);
  return h("tr", {key: device},
    h("th", {scope: "row", class: isSilent ? "bad" : null}, device, isSilent ? ` ⊘ ${word("link", "silent")}` : ""),
    figure("answers", answers), KINDS.map(kind => figure(kind, failures[kind] ?? 0)), figure("noise", noise),
    figure("turnaround", median === undefined ? "–" : `${quantity(median, 1, "")}/ ${quantity(late, 1, "ms")}`),
    figure("bound", quantity(boundMs, 0, "ms")),
    figure("measured", `${isBroken ? "▲ " : ""}${quantity(measuredMs, 0, "ms")}`, isBroken ? "bad" : ""));
}
