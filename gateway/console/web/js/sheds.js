// Many sheds, the worst first: each in one line. One of them, with its outlets, is a page of its own.

import {h, part} from "./dom.js";
import {ABNORMAL, CONDITIONS, rank, SHAPES} from "./conditions.js";
import {named} from "./names.js";
import {gatewayOf} from "./overview.js";
import {asked, forget} from "./asked.js";
import {energy, money, power, quantity, span, t, word} from "./i18n.js";

export function shedsPage(_, {documents}) {
  const sheds = [...documents].filter(([key]) => key.startsWith("c/"))
    .map(([key, counts]) => ({path: key.slice(2), counts, about: documents.get(`g/${key.slice(2)}`), sums: documents.get(`s/${key.slice(2)}`)}))
    .sort((a, b) => urgency(a.counts) - urgency(b.counts) || bad(b.counts) - bad(a.counts) || a.path.localeCompare(b.path));
  const usual = usualOf(sheds);
  return [
    broker(documents.get("f/broker")),
    h("h1", {key: "title"}, t("sheds.title", {count: sheds.length})),
    sheds.length ? null : h("p", {key: "none"}, t("sheds.none")),
    totals(sheds),
    h("ul", {key: "sheds", class: "sheds"}, sheds.map(shed =>
      part(shed.path, [shed.counts, shed.about, shed.sums, JSON.stringify(usual)], () => line(shed, usual)))),
    map(sheds),
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

/** What most have: the version of the program, and of each document that was pushed. */
function usualOf(sheds) {
  const names = new Set(sheds.flatMap(({counts}) => Object.keys(counts.documents ?? {})));
  return {version: mostOf(sheds.map(({counts}) => counts.version)),
    documents: Object.fromEntries([...names].sort().map(name => [name, mostOf(sheds.map(({counts}) => counts.documents?.[name]))]))};
}

/** What of a shed is otherwise than with most, in words. */
function drift({counts}, usual) {
  const found = counts.version && usual.version !== counts.version
    ? [t("sheds.drift", {version: counts.version, usual: usual.version})] : [];
  for (const [name, version] of Object.entries(counts.documents ?? {}))
    if (usual.documents[name] !== version) found.push(t("sheds.drift-of", {name, version, usual: usual.documents[name]}));
  return found;
}

/** Where the sheds are that have said it; a picture beside the list, which says it all in words. */
function map(sheds) {
  const placed = sheds.filter(({counts}) => counts.coordinates);
  if (placed.length < 2) return null;
  const lats = placed.map(({counts}) => counts.coordinates[0]), lons = placed.map(({counts}) => counts.coordinates[1]);
  const north = Math.max(...lats), west = Math.min(...lons), narrow = Math.cos(north * Math.PI / 180);
  const tall = Math.max(north - Math.min(...lats), 1e-6), wide = Math.max((Math.max(...lons) - west) * narrow, 1e-6);
  const scale = Math.min(540 / wide, 340 / tall), left = (600 - wide * scale) / 2;
  const label = t("sheds.map", {count: placed.length});
  return h("figure", {key: "map", class: "map"}, h("figcaption", {}, label),
    h("svg", {viewBox: `0 0 600 ${(60 + tall * scale).toFixed(0)}`, role: "img", "aria-label": label}, placed.toReversed().map(({path, counts, about}) => {
      const x = left + (counts.coordinates[1] - west) * narrow * scale, y = 35 + (north - counts.coordinates[0]) * scale;
      const isBad = counts.state !== "online" || bad(counts) > 0, isLeft = x < 300;
      const mark = counts.state !== "online" ? "⊘" : isBad ? "▲" : "●", name = isBad ? about?.label || path : "";
      return h("text", {key: path, svg: true, class: isBad ? "bad" : null, x: x.toFixed(1), y: y.toFixed(1), "text-anchor": isLeft ? "start" : "end"},
        isLeft ? `${mark} ${name}` : `${name} ${mark}`);
    })));
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
  const isThere = counts.state === "online";
  const full = counts.sockets ? quantity(100 * counts.occupied / counts.sockets, 1, "%") : "–";
  const turnover = counts.sockets ? quantity((sums?.kinds?.charge ?? 0) / counts.sockets, 2, "") : "–";
  return h("li", {class: isThere ? "shed" : "shed away"},
    h("a", {href: `#/shed/${path}`},
      h("b", {}, about?.label || path), about?.label ? h("small", {}, path) : null,
      isThere ? null : h("strong", {class: "bad"}, `⊘ ${word("sheds.state", counts.state)}`),
      counts.alarms ? h("strong", {class: "bad"}, `▲ ${t("sheds.alarms", {count: counts.alarms})}`) : null,
      drift({counts}, usual).map(text => h("span", {key: text, class: "old"}, `◇ ${text}`)),
      counts.missing ? h("span", {class: "old"}, `◇ ${t("sheds.missing", {count: counts.missing})}`) : null),
    h("p", {class: "conditions"}, CONDITIONS.filter(condition => counts.counts[condition]).map(condition =>
      h("span", {key: condition, class: `c-${condition}`}, `${SHAPES[condition]} ${word("condition", condition)} ${counts.counts[condition]}`))),
    h("dl", {class: "measured"},
      fact(t("sheds.outlets"), counts.outlets), fact(t("total.power"), power(counts.w)),
      fact(t("sheds.orders"), sums?.orders ?? 0), fact(t("sheds.money"), money(sums?.amount_mil ?? 0)),
      fact(t("sheds.turnover"), turnover), fact(t("sheds.occupied"), full),
      fact(`${t("sheds.loss")}${counts.loss_day ? ` ${counts.loss_day}` : ""}`, quantity(counts.loss_pct, 2, "%")),
      fact(t("sheds.version"), counts.version || "–"),
      fact(t("sheds.config"), counts.config_hash?.slice(0, 8) || "–")),
    counts.coordinates ? h("a", {class: "button", href: `geo:${counts.coordinates.join(",")}`}, t("sheds.where", {where: counts.coordinates.map(degrees => quantity(degrees, 5, "°")).join(", ")})) : null);
}

// ---------------------------------------------------------------------------- a day of all

let chosenDay = "";

/** What a day came to at each shed, the most orders first. */
export function daysPage(_, {documents}) {
  const path = chosenDay ? `shed-days?day=${chosenDay}` : "shed-days", {body, refused} = asked(path, 30_000);
  const choose = event => { event.preventDefault(); chosenDay = new FormData(event.currentTarget).get("day"); forget(path); };
  return [
    h("h1", {key: "title"}, t("nav.days")),
    h("form", {key: "day", class: "filters", onsubmit: choose, onchange: choose},
      h("label", {}, t("orders.day"), h("input", {type: "date", name: "day", value: chosenDay || body?.day || ""}))),
    refused ? h("p", {key: "refused", class: "bad", role: "alert"}, `▲ ${word("refused", refused)}`) : null,
    body ? dayTable(body.sheds, documents) : refused ? null : h("p", {key: "wait", role: "status"}, t("orders.waiting")),
  ].filter(Boolean);
}

const DAY_COLUMNS = ["shed", "orders-of-day", "turnover", "energy", "money-of-day", "occupied-orders", "occupied-time", "loss"];

function dayTable(sheds, documents) {
  const sorted = [...sheds].sort((a, b) => b.orders - a.orders || a.gateway.localeCompare(b.gateway));
  return h("div", {key: "table", class: "scroll", tabindex: 0, role: "region", "aria-label": t("nav.days")},
    h("table", {class: "days"},
      h("thead", {}, h("tr", {}, DAY_COLUMNS.map(name => h("th", {key: name, scope: "col"}, t(`sheds.${name}`))))),
      h("tbody", {}, sorted.map(shed => h("tr", {key: shed.gateway},
        h("td", {}, h("a", {href: `#/shed/${shed.gateway}`}, named(documents, shed.gateway))),
        [shed.orders, quantity(shed.turnover, 2, ""), energy(shed.wh), money(shed.amount_mil), shed.occupied,
          span(shed.occupied_ms), quantity(shed.loss_pct, 2, "%")].map((text, column) =>
          h("td", {key: column, class: "figure"}, text)))))));
}
