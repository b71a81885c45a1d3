// All gateways, the worst first; each pile as the row of its outlets, each cabinet and bin as a card.

import {h, part} from "./dom.js";
import {ABNORMAL, CONDITIONS, rank, SHAPES} from "./conditions.js";
import {placeCard} from "./places.js";
import {isNear} from "./near.js";
import {energy, language, money, power, span, t, word} from "./i18n.js";

export const STALE_MS = 30_000;
const MANY = 600; // outlets of a page: of more only those near the window are drawn

export function overviewPage(_, {documents, now}) {
  const gateways = gathered(documents);
  if (!gateways.length) return [h("p", {key: "none"}, t("overview.none"))];
  const isWhole = gateways.reduce((count, {devices}) => count + outletsOf(devices), 0) <= MANY;
  return gateways.map(gateway => section(gateway, now, isWhole));
}

const outletsOf = devices => devices.reduce((count, {outlets}) => count + outlets.length, 0);

/** Gateways with their devices, outlets, cabinets and bins, the worst first. */
function gathered(documents) {
  const gateways = new Map(), devices = new Map();
  for (const [key, document] of documents) {
    const path = key.slice(2);
    if (key.startsWith("g/")) gateways.set(path, {path, document, devices: [], places: [], doors: new Map(), worst: Infinity});
    else if (key.startsWith("d/")) devices.set(path, {path, document, outlets: []});
  }
  for (const [key, document] of documents) {
    const path = key.slice(2), cut = path.lastIndexOf("/"), owner = path.slice(0, cut);
    if (key.startsWith("o/")) devices.get(owner)?.outlets.push({path, name: path.slice(cut + 1), document});
    else if (key.startsWith("p/")) gateways.get(owner)?.places.push({path, name: path.slice(cut + 1), document});
    else if (key.startsWith("s/") && gateways.has(path)) gateways.get(path).sums = document;
  }
  for (const device of devices.values()) {
    const gateway = gateways.get(device.path.slice(0, device.path.lastIndexOf("/")));
    if (!gateway) continue;
    gateway.devices.push(device);
    if (device.document.kind === "lock") device.outlets = device.outlets.filter(({document}) => document.place);
    for (const outlet of device.outlets) {
      gateway.worst = Math.min(gateway.worst, rank(outlet.document.condition));
      if (device.document.kind === "lock") gateway.doors.set(outlet.path.slice(gateway.path.length + 1), outlet);
    }
  }
  return [...gateways.values()].sort((a, b) => a.worst - b.worst || a.path.localeCompare(b.path));
}

/** One gateway of many, by its SITE/GATEWAY. */
export function gatewayOf(wanted, {documents, now}) {
  return gathered(documents).filter(({path}) => path === wanted).map(gateway => section(gateway, now, outletsOf(gateway.devices) <= MANY));
}

function section({path, document, devices, places, doors, sums}, now, isWhole) {
  const of = kind => devices.filter(device => device.document.kind === kind);
  const piles = of("pile"), contactors = of("relay").map(withDuty).filter(device => device.outlets.length);
  const others = devices.filter(({document: {kind}}) => !["pile", "relay"].includes(kind));
  return h("section", {key: path, class: document.simulated ? "gateway simulated" : "gateway", "aria-label": document.label || path},
    h("h1", {}, document.label || path, " ", document.label ? h("small", {}, path) : null,
      document.simulated ? h("strong", {class: "simulation"}, `◈ ${t("overview.simulated")}`) : null,
      document.state === "online" ? null : h("strong", {class: "bad"}, ` ⊘ ${t("gateway.offline")}`)),
    totals(piles.flatMap(device => device.outlets), sums),
    h("div", {key: "piles", class: "wall"}, piles.map(device => row(device, now, isWhole))),
    places.length ? h("div", {key: "places", class: "places"}, places.map(place => placeCard(place, doors))) : null,
    contactors.length ? h("div", {key: "contactors", class: "wall"}, contactors.map(device => row(device, now, isWhole))) : null,
    others.length ? h("ul", {key: "others", class: "others", "aria-label": t("overview.others")},
      others.map(({path: key, document: about}) => h("li", {key, class: about.link === "ok" ? null : "bad"},
        `${about.link === "ok" ? "○" : "⊘"} ${about.label || key.split("/").at(-1)} · ${word("kind", about.kind)}`,
        about.link === "ok" ? null : ` ${word("link", about.link)}`))) : null);
}

/** A relay board without the channels that nothing hangs on. */
const withDuty = device => ({...device, outlets: device.outlets.filter(({document}) => document.feeds?.length)});

function totals(outlets, sums) {
  const watts = outlets.reduce((total, {document}) => total + (document.w ?? 0), 0);
  const those = CONDITIONS.map(condition => [condition, outlets.filter(({document}) => document.condition === condition)]);
  return h("dl", {key: "totals", class: "totals"},
    fact(t("total.power"), power(watts)), fact(t("total.energy"), energy(sums?.wh)),
    fact(t("total.money"), money(sums?.amount_mil)), fact(t("total.orders"), sums?.orders ?? "–"),
    those.filter(([, found]) => found.length).map(([condition, found]) =>
      fact(`${SHAPES[condition]} ${word("condition", condition)}`, leading(condition, found), condition)));
}

const fact = (name, value, kind = "") => h("div", {key: name, class: kind ? `c-${kind}` : null}, h("dt", {}, name), h("dd", {}, value));

/** How many there are; what is abnormal leads to the first of them. */
const leading = (condition, found) => ABNORMAL.has(condition)
  ? h("a", {href: `#/o/${found[0].path}`, "aria-label": `${word("condition", condition)}: ${found.length}`}, String(found.length)) : found.length;

function row(device, now, isWhole) {
  const {document, path, outlets} = device;
  const age = document.as_of == null ? null : now - document.as_of;
  const isOld = age !== null && age > STALE_MS, old = isOld ? t("age.old", {age: span(age)}) : "";
  const shown = isWhole || isNear(path) ? outlets : [];
  return part(path, [document.label, document.link, old, isWhole, language, ...shown.map(outlet => outlet.document)], () => {
    const name = document.label || path.split("/").at(-1);
    return h("article", {class: `device k-${document.kind}`, "aria-label": name, "data-near": isWhole ? null : path},
      h("h2", {title: path}, name, " ", document.label ? h("small", {}, path.split("/").at(-1)) : null,
        document.link === "ok" ? null : h("strong", {class: "bad"}, ` ⊘ ${word("link", document.link)}`),
        old ? h("strong", {class: "old"}, ` ${old}`) : null),
      h("ul", {class: shown.length < outlets.length ? "outlets far" : "outlets"}, shown.map(outlet =>
        part(outlet.path, [outlet.document, isOld, language], () => cell(outlet, isOld)))));
  });
}

function cell({path, name, document}, isOld) {
  const {condition} = document;
  const label = document.label || name.replace(/^outlet-/, ""), said = word("condition", condition);
  const shows = condition === "charging" ? power(document.w) : word("cell", condition);
  return h("li", {class: isOld ? "old" : null},
    h("a", {class: `outlet c-${condition}`, href: `#/o/${path}`,
      title: [document.code, document.feeds?.join(", ")].filter(Boolean).join(" ") || null,
      "aria-label": `${document.code || label} ${said} ${document.w === undefined ? "" : power(document.w)}`},
      h("b", {}, label), h("i", {"aria-hidden": "true"}, SHAPES[condition]), h("span", {}, shows)));
}
