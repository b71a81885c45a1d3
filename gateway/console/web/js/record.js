// The record of a trip: its times, and the frames on the line around it, counted from the moment of the decision.

import {h} from "./dom.js";
import {asked} from "./asked.js";
import {redraw} from "./live.js";
import {failureSaid, frameRow, meaning} from "./frames.js";
import {quantity, t, word} from "./i18n.js";

const BEFORE_MS = 200; // so much before the last good reading is shown too
const RETRY_MS = 5000; // a record is closed some seconds after its trip
const opened = new Set();
const known = new Set(); // a record does not change any more

/** A button beside another one, and behind it the record. */
export function recordOf(trip, beside) {
  const isOpen = opened.has(trip);
  const turn = () => { isOpen ? opened.delete(trip) : opened.add(trip); redraw(); };
  return [h("div", {key: "open", class: "actions"}, beside, h("button", {key: "record", type: "button", class: "quiet", "aria-expanded": String(isOpen), onclick: turn}, t("record.open"))),
    isOpen ? shown(record(trip)) : null];
}

function record(trip) {
  const answer = asked(`trips/${trip}`, known.has(trip) ? Infinity : RETRY_MS);
  if (answer.body) known.add(trip);
  return answer;
}

function shown({body, refused}) {
  if (refused) return h("p", {key: "frames", role: "status"}, word("refused", refused));
  if (!body) return h("p", {key: "frames", role: "status"}, t("trend.looking"));
  const ms = value => quantity(value, 1, "ms");
  const from = -(body.measured_ms ?? Infinity) - BEFORE_MS;
  const verified = Object.entries(body.verified).map(([outlet, is]) => `${outlet} ${t(is ? "record.verified" : "record.unverified")}`).join(", ");
  return h("div", {key: "frames", class: "monitor"},
    h("p", {}, t("record.says", {fault: ms(body.measured_ms), pickup: ms(body.from_pick_up_ms)}), verified ? ` ${verified}` : ""),
    h("ol", {class: "frames", tabindex: 0, "aria-label": t("record.open")}, [...body.before, ...body.after].filter(({at_ms}) => at_ms >= from).map(rows)));
}

/** What was sent, and what came or should have come. */
function rows({at_ms, request, reply, reply_end_ms, failure, ...words}, number) {
  const sent = request ? bytesRow(`${number}-out`, at_ms, "out", request, {...words, says: words.what}) : null;
  return [sent, reply || failure ? bytesRow(`${number}-in`, reply_end_ms ?? at_ms, "in", reply, {...words, failure}) : null];
}

/** Records of earlier versions have no words. */
function bytesRow(key, ms, way, hex, words) {
  const {failure} = words, said = words.kind ? meaning({...words, way}) : failure ? failureSaid(failure) : "";
  const {props, ...row} = frameRow(`${ms < 0 ? "−" : "+"}${quantity(Math.abs(ms), 1, "ms")}`, way, words.device ?? "", hex.replace(/../g, "$& ").trim(), said, failure);
  return {...row, key, props: {...props, class: `${props.class ?? ""} ${ms >= 0 ? "after" : ""}`.trim() || null}};
}
