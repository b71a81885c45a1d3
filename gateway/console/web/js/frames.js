// The frames of one line while somebody watches it: what was sent, what came, what it means. The newest first.
// Nothing is asked of the gateway while this is not on the screen, or is paused.

import {h, part} from "./dom.js";
import {ask} from "./api.js";
import {redraw} from "./live.js";
import {language, quantity, t, timeOfDay, word} from "./i18n.js";

const EVERY_MS = 900, KEPT = 1000, SHOWN = 100;
const WAYS = {out: "→", in: "←"};
let view = null; // of the line that is watched

/** Watch a line; null: none. */
export function watchLine(line) {
  view = line && {line, rows: [], last: 0, dropped: 0, missed: 0, device: "", isPaused: false, asked: 0, isAsking: false, refused: ""};
  redraw();
}

export const isWatched = line => view?.line === line;

/** The monitor of a line that is watched. */
export function monitor(devices) {
  if (!view.isPaused && !view.isAsking && Date.now() - view.asked >= EVERY_MS) look(view);
  const shown = view.rows.filter(row => !view.device || row.device === view.device);
  const lost = view.dropped + view.missed;
  return h("div", {key: "monitor", class: "monitor"}, tools(devices),
    h("p", {key: "said", class: view.refused ? "bad" : "line", role: view.refused ? "alert" : null},
      view.refused ? `⊘ ${word("refused", view.refused)}` : t(view.isPaused ? "frames.paused" : "frames.counted", {count: shown.length}),
      lost ? h("strong", {class: "old"}, ` ▲ ${t("frames.dropped", {count: lost})}`) : null),
    h("ol", {key: "rows", class: "frames", tabindex: 0, "aria-label": t("frames.title")},
      shown.slice(-SHOWN).reverse().map(row => part(row.n, [row.n, language], () => drawn(row)))));
}

function tools(devices) {
  const {line, device, last} = view;
  return h("div", {key: "tools", class: "filters"},
    h("button", {key: "pause", type: "button", "aria-pressed": String(view.isPaused), onclick: () => { view.isPaused = !view.isPaused; redraw(); }},
      t(view.isPaused ? "frames.go-on" : "frames.pause")),
    h("label", {key: "device"}, t("frames.device"), h("select", {onchange: event => { view.device = event.target.value; redraw(); }},
      ["", ...devices].map(name => h("option", {key: name, value: name, selected: name === device}, name || t("frames.all"))))),
    h("a", {key: "file", class: "button", href: `api/lines/${line}/frames.csv?until=${last}&device=${device}`, download: `frames-${line}.csv`}, t("frames.download")),
    h("button", {key: "end", type: "button", class: "quiet", onclick: () => watchLine(null)}, t("frames.end")));
}

async function look(mine) {
  Object.assign(mine, {isAsking: true, asked: Date.now()});
  try {
    const {last, dropped, frames} = await ask("GET", `lines/${mine.line}/frames?after=${mine.last}`);
    if (last < mine.last) mine.rows = []; // another edge, which counts anew
    else if (mine.last && frames.length) mine.missed += Math.max(0, frames[0].n - mine.last - 1);
    Object.assign(mine, {last, dropped, refused: "", rows: [...mine.rows, ...frames].slice(-KEPT)});
  } catch (refused) {
    mine.refused = refused.word ?? String(refused);
  }
  mine.isAsking = false;
  if (mine === view) redraw();
}

const drawn = row => frameRow(timeOfDay(row.ts), row.way, row.device, row.bytes, meaning(row), row.failure);

/** What a frame was sent for, or what came back, in one line. */
export function meaning({way, kind, what, why, says, failure, took_ms: took}) {
  if (failure) return failureSaid(failure);
  if (way === "out") return `${word("frames", kind)} ${says}${why ? ` · ${word("why", why)}` : ""}`;
  return `${says || t("frames.taken")}${took === undefined ? "" : ` · ${quantity(took, 1, "ms")}`}`;
}

/** What went wrong, in words, with the device's own code where it refused. */
export function failureSaid(failure) {
  const [name, code = ""] = failure.split(" ");
  return `⊘ ${word("failure", name)} ${code}`.trim();
}

/** One frame: when, which way, whose, its bytes, what it means. */
export const frameRow = (when, way, device, bytes, says, failure) => h("li", {class: failure ? "bad" : null},
  h("span", {class: "when"}, when), h("span", {class: "whose"}, `${WAYS[way]} ${device}`),
  h("code", {}, bytes), h("span", {class: "says", title: says}, says));
