// A small line chart of our own: the band between the lowest and the highest of each stretch, limits, markers.
// There is no text in the drawing: what it says stands beside it, in a size that people can read.

import {h} from "./dom.js";

const WIDTH = 600, HEIGHT = 140, GAP = 4; // a hole is longer than so many usual steps
const FEW = 100; // so few readings are shown each

/** `series`: {ts, low, high}; `limits`: values; `markers`: moments. `label` is what it says to who cannot see it. */
export function chart({series, begin, end, limits = [], markers = [], label}) {
  const top = Math.max(...series.high, ...limits, 0) * 1.08 || 1, bottom = Math.min(...series.low, 0);
  const x = ts => (ts - begin) / (end - begin) * WIDTH, y = value => HEIGHT - (value - bottom) / (top - bottom) * HEIGHT;
  const line = (key, kind, x1, y1, x2, y2) => h("line", {key, svg: true, class: kind, x1, y1, x2, y2, "vector-effect": "non-scaling-stroke"});
  return h("svg", {class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": label},
    line("ground", "ground", 0, y(0), WIDTH, y(0)),
    h("path", {key: "band", svg: true, class: "band", d: band(series, x, y), "vector-effect": "non-scaling-stroke"}),
    series.ts.length <= FEW ? h("path", {key: "dots", svg: true, class: "dots", d: dots(series, x, y), "vector-effect": "non-scaling-stroke"}) : null,
    limits.map((limit, number) => line(`limit-${number}`, "limit", 0, y(limit), WIDTH, y(limit))),
    markers.filter(ts => ts >= begin && ts <= end).map(ts => line(`mark-${ts}`, "mark", x(ts), 0, x(ts), HEIGHT)));
}

const dots = ({ts, high}, x, y) => ts.map((at, i) => `M${x(at).toFixed(1)} ${y(high[i]).toFixed(1)}h0`).join("");

/** The median time between two values. */
export function usualStep(ts) {
  const steps = ts.slice(1).map((at, i) => at - ts[i]).sort((a, b) => a - b);
  return steps[Math.floor(steps.length / 2)] ?? 0;
}

/** One outline for each run of values without a hole. */
function band({ts, low, high}, x, y) {
  const hole = GAP * usualStep(ts);
  const runs = [];
  for (let i = 0; i < ts.length; i += 1) {
    if (i === 0 || ts[i] - ts[i - 1] > hole) runs.push([]);
    runs.at(-1).push(i);
  }
  const point = (i, values) => `${x(ts[i]).toFixed(1)} ${y(values[i]).toFixed(1)}`;
  return runs.map(run => run.length === 1 ? `M${point(run[0], low)}L${point(run[0], high)}h3` : `M${run.map(i => point(i, high)).join("L")}L${[...run].reverse().map(i => point(i, low)).join("L")}Z`).join("");
}
