// Orders: of a day or found by a word, each with the receipt that its customer reads; a day's reconciliation, tables.

import {h} from "./dom.js";
import {may} from "./access.js";
import {asked, forget} from "./asked.js";
import {isFleet} from "./live.js";
import {named, shedNames} from "./names.js";
import {energy, language, money, quantity, span, t, time, word} from "./i18n.js";

const wanted = {day: "", gateway: "", q: "", stage: "every", reconciled: false};
const STAGES = ["open", "settled", "recorded", "review", "cancelled"];
const OVER = new Set(STAGES.slice(1));
const EVERY_MS = 10_000;

/** `opened`: the number of an order to open, behind its SITE/GATEWAY where there are many. */
export function ordersPage(opened, {documents, now}) {
  const [one = "", ...of] = opened.split("/").reverse(), gateway = of.reverse().join("/");
  const path = one ? `orders?q=${encodeURIComponent(one)}&gateway=${gateway}` : listPath();
  const {body, refused} = asked(path, EVERY_MS);
  return [
    h("h1", {key: "title"}, t("orders.title")),
    one ? h("p", {key: "back"}, h("a", {class: "button", href: "#/orders"}, t("orders.all"))) : filters(body, path, documents),
    refused ? h("p", {key: "refused", class: "bad", role: "alert"}, `▲ ${word("refused", refused)}`) : null,
    wanted.reconciled && !one ? reconciliation(body?.day) : null,
    body ? table(body, one, documents, now) : refused ? null : h("p", {key: "waiting", role: "status"}, t("orders.waiting")),
  ].filter(Boolean);
}

function listPath() {
  const said = Object.entries({day: wanted.day, q: wanted.q, gateway: wanted.gateway}).filter(([, value]) => value);
  return `orders${said.length ? "?" : ""}${said.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&")}`;
}

function filters(body, path, documents) {
  const day = wanted.day || body?.day || "";
  const change = event => { event.preventDefault(); choose(event.currentTarget); forget(path); };
  return h("form", {key: "filters", class: "filters", onsubmit: change, onchange: change},
    h("label", {}, t("orders.day"), h("input", {type: "date", name: "day", value: wanted.day || (wanted.q ? "" : body?.day ?? "")})),
    h("label", {}, t(isFleet() ? "sheds.search" : "orders.search"), h("input", {type: "search", name: "q", value: wanted.q, maxlength: 64})),
    isFleet() ? h("label", {}, t("sheds.shed"), h("select", {name: "gateway"},
      h("option", {key: "", value: "", selected: !wanted.gateway}, t("sheds.all")), shedNames(documents).map(name =>
        h("option", {key: name, value: name, selected: name === wanted.gateway}, named(documents, name))))) : null,
    h("label", {}, t("orders.stage"), h("select", {name: "stage"}, ["every", ...STAGES].map(stage =>
      h("option", {key: stage, value: stage, selected: stage === wanted.stage}, stage === "every" ? t("orders.every") : word("order", stage))))),
    h("label", {class: "check"}, h("input", {type: "checkbox", name: "reconciled", checked: wanted.reconciled}), t("orders.reconciliation")),
    may("operator") && day ? ["csv", "xlsx"].map(form =>
      h("a", {key: form, class: "button", href: `api/order-table?day=${day}&form=${form}&gateway=${wanted.gateway}`, download: `orders-${day}.${form}`}, form.toUpperCase())) : null);
}

function choose(form) {
  const said = new FormData(form);
  Object.assign(wanted, {day: said.get("day"), gateway: said.get("gateway") ?? "", q: said.get("q").trim(), stage: said.get("stage"), reconciled: said.has("reconciled")});
}

function reconciliation(day) {
  const {body, refused} = asked(`reconciliation?lang=${language}&gateway=${wanted.gateway}${day ? `&day=${day}` : ""}`, 60_000);
  if (refused) return h("p", {key: "reconciliation"}, word("refused", refused));
  return h("pre", {key: "reconciliation", class: "paper", tabindex: 0, "aria-label": t("orders.reconciliation")}, body?.text ?? "…");
}

function table({orders, more}, one, documents, now) {
  const stageOf = order => OVER.has(order.stage) ? order.stage : "open";
  const shown = orders.filter(order => one ? order.order_id === one : wanted.stage === "every" || stageOf(order) === wanted.stage);
  if (!shown.length) return h("p", {key: "none"}, t("orders.none"));
  return h("div", {key: "list", class: "scroll", tabindex: 0, role: "region", "aria-label": t("orders.title")},
    h("table", {class: "orders"},
      h("thead", {}, h("tr", {}, ["number", "place", "began", "stage", "amount", "energy", "reason"].map(name =>
        h("th", {key: name, scope: "col"}, t(`orders.${name}`))))),
      h("tbody", {}, shown.map(order => [row(order, documents, now), order.order_id === one ? receipt(order) : null]))),
    more ? h("p", {}, t("orders.more", {count: more})) : null);
}

function row(order, documents, now) {
  const gateway = order.gateway ?? [...documents.keys()].find(key => key.startsWith("g/"))?.slice(2);
  const path = `${gateway}/${order.place}`, isOutlet = order.gateway ? order.kind === "charge" : documents.has(`o/${path}`);
  const number = `${order.gateway ? `${order.gateway}/` : ""}${encodeURIComponent(order.order_id)}`;
  const lasted = order.s ?? (order.ended ? undefined : Math.round((now - order.at) / 1000));
  const reason = order.reason && (Array.isArray(order.reason) ? order.reason : [order.reason]).map(each => word("end", each)).join(", ") + (order.by ? ` · ${order.by}` : "");
  return h("tr", {key: number},
    h("td", {}, h("a", {href: `#/orders/${number}`}, order.order_id),
      order.user_ref ? h("small", {}, order.user_ref) : null),
    h("td", {}, isOutlet ? h("a", {href: `#/o/${path}`}, order.place) : order.place,
      order.gateway ? h("small", {}, named(documents, order.gateway)) : null, h("small", {}, ` ${word("order-kind", order.kind)}`)),
    h("td", {}, time(order.at), lasted === undefined ? null : h("small", {}, ` ${span(lasted * 1000)}`)),
    h("td", {class: order.stage === "review" ? "bad" : null}, `${order.stage === "review" ? "▲ " : ""}${word(OVER.has(order.stage) ? "order" : "stage", order.stage)}`),
    h("td", {class: "figure"}, order.points === undefined ? money(order.amount_mil) : t("orders.points", {points: order.points})),
    h("td", {class: "figure"}, order.net_g === undefined ? energy(order.wh) : quantity(order.net_g / 1000, 2, "kg")),
    h("td", {}, reason || ""));
}

function receipt(order) {
  const {body, refused} = asked(`orders/${encodeURIComponent(order.order_id)}/receipt?lang=${language}&gateway=${order.gateway ?? ""}`, OVER.has(order.stage) ? Infinity : EVERY_MS);
  return h("tr", {key: `${order.gateway ?? ""} ${order.order_id} receipt`}, h("td", {colspan: 7},
    refused ? h("p", {}, word("refused", refused)) : h("pre", {class: "paper", tabindex: 0, "aria-label": t("orders.receipt")}, body?.text ?? "…")));
}
