// What became of an order in one sentence: for the one who asks why. Made of the order's record and of its trip alone.

import {h} from "./dom.js";
import {ask} from "./api.js";
import {asked} from "./asked.js";
import {redraw} from "./live.js";
import {energy, language, money, quantity, t, time, word} from "./i18n.js";

const ENDS = new Set(["settled", "recorded", "review", "cancelled"]);
const SETTLED_MS = 10_000; // an order is settled some seconds after its outlet is off
const told = new Map(); // what was asked, by its text: {at, stamp, again, found}, found null while nobody has answered

/** The orders of a number or of a device/outlet: null while they are looked for.
 *  Looked for again when `stamp` is another, and once more when what has changed with it is settled. */
export function storiesOf(said, now, stamp = "") {
  if (!/^[A-Za-z0-9_./-]{2,130}$/.test(said)) return [];
  const known = told.get(said);
  const isOther = known?.stamp !== stamp, isDue = known && !known.again && now - known.at > SETTLED_MS;
  if (isOther || isDue) fetchOf(said, {at: now, stamp, again: !isOther, found: known?.found ?? null});
  return told.get(said).found;
}

async function fetchOf(said, asked) {
  if (told.size > 50) told.clear();
  told.set(said, asked);
  asked.found = await ask("GET", `stories?said=${encodeURIComponent(said)}`).catch(() => asked.found ?? []);
  redraw();
}

/** The answer to a complaint. */
export function answer(story) {
  const used = {energy: energy(story.wh), money: money(story.amount_mil), at: time(story.ended_ts_ms ?? story.ts)};
  if (story.trip) {
    const {element, measured, pickup} = story.trip, unit = word("unit", element);
    return t(element === "under-voltage" ? "story.trip-under" : unit && pickup != null ? "story.trip" : "story.trip-bare", {
      ...used, at: time(story.trip.ts), quantity: word("quantity", element), element: word("element", element),
      measured: quantity(measured, unit === "W" ? 0 : 2, unit), pickup: quantity(pickup, unit === "W" ? 0 : 2, unit)});
  }
  if (story.reason) return t("story.ended", {...used, reason: word("end", story.reason)});
  if (ENDS.has(story.stage)) return t("story.over", used);
  return t("story.running", {...used, at: time(story.ts), stage: word("stage", story.stage)});
}

/** A list of orders, each with its sentence; a link leads to its place where that is an outlet of the gateway. */
export const storyList = (stories, linkOf = () => null) => h("ul", {class: "stories"}, stories.map(story => {
  const link = linkOf(story.outlet ?? story.place, story.gateway);
  return h("li", {key: `${story.gateway ?? ""} ${story.order_id}`},
    h("p", {}, answer(story)),
    h("small", {}, `${story.order_id} · `, story.gateway ? `${story.gateway} · ` : null, link ? h("a", {href: link}, story.outlet ?? story.place) : story.place),
    ENDS.has(story.stage) ? receipt(story) : null);
}));

const opened = new Set();

/** What the customer reads, where somebody wants to see it. */
function receipt({gateway = "", order_id: number}) {
  const key = `${gateway} ${number}`, isOpen = opened.has(key);
  const turn = () => { isOpen ? opened.delete(key) : opened.add(key); redraw(); };
  return [h("div", {key: "turn", class: "actions"}, h("button", { type: "button", class: "quiet", "aria-expanded": String(isOpen), onclick: turn}, t("story.receipt"))),
    isOpen ? paper(asked(`orders/${encodeURIComponent(number)}/receipt?lang=${language}&gateway=${gateway}`)) : null];
}

const paper = ({body, refused}) => refused ? h("p", {key: "paper"}, word("refused", refused)) :
  h("pre", {key: "paper", class: "paper", tabindex: 0, "aria-label": t("story.receipt")}, body?.text ?? "…");
