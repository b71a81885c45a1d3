// Many sheds, the worst first: each in one line. One of them, with its outlets, is a page of its own.

import {h, part} from "./dom.js";
import {ABNORMAL, CONDITIONS, rank, SHAPES} from "./conditions.js";
import {gatewayOf} from "./overview.js";
import {money, power, quantity, t, word} from "./i18n.js";

export function shedsPage(_, {documents}) {
  const sheds = [...documents].filter(([key]) => key.startsWith("c/"))
    .map(([key, counts]) => ({path: key.slice(2), counts, about: documents.get(`g/${key.slice(2)}`), sums: documents.get(`s/${key.slice(2)}`)}))
    .sort((a, b) => urgency(a.counts) - urgency(b.counts) || bad(b.counts) - bad(a.counts) || a.path.localeCompare(b.path));
  const usual = mostOf(sheds.map(({counts}) => counts.version));
  return [
    broker(documents.get("f/broker")),
    h("h1", {key: "title"}, t("sheds.title", {count: sheds.length})),
    sheds.length ? null : h("p", {key: "none"}, t("sheds.none")),
    totals(sheds),
    h("ul", {key: "sheds", class: "sheds"}, sheds.map(shed =>
      part(shed.path, [shed.counts, shed.about, shed.sums, usual], () => line(shed, usual)))),
  ].filter(Boolean);
}

export function shedPage(path, given) {
  const counts = given.documents.get(`c/${path}`);
  if (!counts) return [h("p", {key: "none"}, t("sheds.unknown", {path}))];
  const isHere = [...given.documents.keys()].some(key => key.startsWith(`d/${path}/`));
  return [
    h("p", {key: "back"}, h("a", {class: "button", href: "#/"}, `← ${t("sheds.all")}`)),
    ...(isHere || !counts.outlets ? gatewayOf(path, given) : [h("p", {key: "coming", role: "status"}, t("line.connecting"))]),
  ];
}

/** Smaller is worse: a gateway that is away, then the worst condition of an outlet. */
function urgency({state, counts}) {
  if (state !== "online") return state === "awaited" ? -1 : -2;
  return Math.min(CONDITIONS.length, ...Object.keys(counts).map(rank));
}

const bad = ({counts, alarms}) =>
  alarms + Object.entries(counts).reduce((sum, [condition, count]) => sum + (ABNORMAL.has(condition) ? count : 0), 0);

function mostOf(versions) {
  const counts = new Map();
  for (const version of versions) if (version) counts.set(version, (counts.get(version) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "";
}

function broker(about) {
  if (!about || about.state === "online") return null;
  return h("p", {key: "broker", role: "alert", class: "bad"},
    `⊘ ${t("sheds.broker", {where: about.where})} ${about.reason}`);
}

function totals(sheds) {
  const sum = pick => sheds.reduce((total, shed) => total + (pick(shed) ?? 0), 0);
  const away = sheds.filter(({counts}) => counts.state !== "online").length;
  return h("dl", {key: "totals", class: "totals"},
    fact(t("sheds.outlets"), sum(({counts}) => counts.outlets)),
    fact(t("total.power"), power(sum(({counts}) => counts.w))),
    fact(t("sheds.orders"), sum(({sums}) => sums?.orders)),
    fact(t("sheds.money"), money(sum(({sums}) => sums?.amount_mil))),
    away ? fact(`⊘ ${t("sheds.away")}`, away, "bad") : null);
}

const fact = (name, value, kind = null) => h("div", {key: name, class: kind}, h("dt", {}, name), h("dd", {}, value));

function line({path, counts, about, sums}, usual) {
  const isThere = counts.state === "online", hasDrift = usual && counts.version && counts.version !== usual;
  const full = counts.outlets ? quantity(100 * counts.occupied / counts.outlets, 1, "%") : "–";
  const turnover = counts.outlets ? quantity((sums?.orders ?? 0) / counts.outlets, 2, "") : "–";
  return h("li", {class: isThere ? "shed" : "shed away"},
    h("a", {href: `#/shed/${path}`},
      h("b", {}, about?.label || path), about?.label ? h("small", {}, path) : null,
      isThere ? null : h("strong", {class: "bad"}, `⊘ ${word("sheds.state", counts.state)}`),
      counts.alarms ? h("strong", {class: "bad"}, `▲ ${t("sheds.alarms", {count: counts.alarms})}`) : null,
      hasDrift ? h("span", {class: "old"}, `◇ ${t("sheds.drift", {version: counts.version, usual})}`) : null,
      counts.missing ? h("span", {class: "old"}, `◇ ${t("sheds.missing", {count: counts.missing})}`) : null),
    h("p", {class: "conditions"}, CONDITIONS.filter(condition => counts.counts[condition]).map(condition =>
      h("span", {key: condition, class: `c-${condition}`}, `${SHAPES[condition]} ${word("condition", condition)} ${counts.counts[condition]}`))),
    h("dl", {class: "measured"},
      fact(t("sheds.outlets"), counts.outlets), fact(t("total.power"), power(counts.w)),
      fact(t("sheds.orders"), sums?.orders ?? 0), fact(t("sheds.money"), money(sums?.amount_mil ?? 0)),
      fact(t("sheds.turnover"), turnover), fact(t("sheds.occupied"), full),
      fact(`${t("sheds.loss")}${counts.loss_day ? ` ${counts.loss_day}` : ""}`, quantity(counts.loss_pct, 2, "%")),
      fact(t("sheds.version"), counts.version || "–")));
}
