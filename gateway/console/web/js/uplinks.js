// The sinks: whether they take records, how many wait, how fast they go.

import {h} from "./dom.js";
import {asked} from "./asked.js";
import {knows, quantity, t, word} from "./i18n.js";

const EVERY_MS = 2000;
const before = new Map(); // name -> [records, ms] of an earlier answer

export function uplinksPage() {
  const {body, refused, atMs} = asked("uplinks", EVERY_MS);
  const title = h("h1", {key: "title"}, t("uplinks.title"));
  if (refused) return [title, h("p", {key: "refused", class: "bad", role: "alert"}, `▲ ${word("refused", refused)}`)];
  if (!body) return [title, h("p", {key: "waiting", role: "status"}, t("orders.waiting"))];
  if (!body.uplinks.length) return [title, h("p", {key: "none"}, t("uplinks.none"))];
  return [title, ...body.uplinks.map(sink => section(sink, rate(sink, atMs)))];
}

function section(sink, perSecond) {
  const isOnline = sink.state === "online";
  const facts = [
    ["uplinks.state", `${isOnline ? "●" : "⊘"} ${word("uplink-state", sink.state)}`, !isOnline],
    ["uplinks.events", quantity(sink.event_lag, 0, "")], ["uplinks.readings", quantity(sink.reading_lag, 0, "")],
    ["uplinks.rate", perSecond === null ? "–" : quantity(perSecond, 1, t("unit.per-second"))],
    ["uplinks.records", quantity(sink.records, 0, "")], ["uplinks.commands", quantity(sink.commands, 0, "")],
    ["uplinks.connections", quantity(sink.connections, 0, "")], ["uplinks.failures", quantity(sink.failures, 0, "")],
    ["uplinks.refused", quantity(sink.refused_records, 0, ""), sink.refused_records > 0],
  ];
  return h("section", {key: sink.name, "aria-label": sink.name},
    h("h2", {}, sink.name, " ", h("small", {}, sink.where)),
    sink.reason ? h("p", {key: "reason", class: isOnline ? null : "bad"}, `${isOnline ? "" : "▲ "}${why(sink)}`) : null,
    sink.refusal ? h("p", {key: "refusal", class: "old"}, t("uplinks.last-refusal", {refusal: sink.refusal})) : null,
    h("dl", {class: "facts"}, facts.map(([key, value, isBad]) =>
      h("div", {key, class: isBad ? "bad" : null}, h("dt", {}, t(key)), h("dd", {}, value)))));
}

/** Why nothing is delivered, in this language where the gateway has a word for it. */
const why = ({word: name, detail, reason}) => knows(`down.${name}`) ? t(`down.${name}`, {detail}) : reason;

/** Records per second since an earlier answer; null until there are two. */
function rate({name, records}, atMs) {
  const seen = before.get(name);
  if (!seen || records < seen.records) return before.set(name, {records, atMs, perSecond: null}) && null;
  if (atMs > seen.atMs) {
    const perSecond = 1000 * (records - seen.records) / (atMs - seen.atMs);
    before.set(name, {records, atMs, perSecond});
  }
  return before.get(name).perSecond;
}
