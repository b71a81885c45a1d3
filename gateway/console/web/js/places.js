// A cabinet or a bin as one card: its doors, its shelves, what its sensors say.

import {h} from "./dom.js";
import {SHAPES} from "./conditions.js";
import {quantity, t, word} from "./i18n.js";

/** `doors`: outlet documents by "device/outlet". */
export function placeCard({path, name, document}, doors) {
  const isThere = document.link === "ok", stopped = document.stopped;
  return h("article", {key: path, class: "place", "aria-label": name},
    h("h2", {}, name, " ", h("small", {}, [word("place", document.kind),
      document.category && word("category", document.category)].filter(Boolean).join(" · ")),
      isThere ? null : h("strong", {class: "bad"}, ` ⊘ ${word("link", document.link)}`),
      stopped ? h("strong", {class: "bad"}, ` ■ ${word("stop", stopped)}`) : null),
    h("ul", {key: "doors", class: "outlets"}, (document.doors ?? []).map(target => door(target, doors.get(target)))),
    h("dl", {key: "facts", class: "measured"}, facts(document)),
    document.shelves ? h("ul", {key: "shelves", class: "shelves"}, document.shelves.map(shelf => line(shelf))) : null);
}

function door(target, outlet) {
  const condition = outlet?.document.condition ?? "unknown", said = word("door", condition);
  const name = target.split("/").at(-1).replace(/^outlet-/, "");
  return h("li", {key: target},
    h("a", {class: `outlet c-${condition}`, href: outlet ? `#/o/${outlet.path}` : null, "aria-label": `${t("place.door")} ${name} ${said}`},
      h("b", {}, `${t("place.door")} ${name}`), h("i", {"aria-hidden": "true"}, SHAPES[condition]), h("span", {}, said)));
}

function facts({kind, celsius, most_c, grams, level_pct}) {
  const isWarm = celsius != null && most_c != null && celsius > most_c;
  return [
    (celsius != null || most_c != null) && ["place.temperature", `${isWarm ? "▲ " : ""}${quantity(celsius, 1, "°C")}`, isWarm],
    kind === "bin" && ["place.weight", quantity(grams == null ? null : grams / 1000, 1, "kg")],
    level_pct != null && ["place.level", quantity(level_pct, 0, "%")],
  ].filter(Boolean).map(([key, value, isBad]) =>
    h("div", {key, class: isBad ? "bad" : null}, h("dt", {}, t(key)), h("dd", {}, value)));
}

function line({shelf, count, grams, stopped}) {
  const weight = grams == null ? "" : ` · ${quantity(grams / 1000, 2, "kg")}`;
  return h("li", {key: shelf, class: stopped ? "bad" : null}, h("b", {}, shelf.split("/").at(-1)),
    ` ${t("place.pieces", {count})}${weight}`,
    stopped ? ` ✕ ${t("place.stop-sale")}: ${stopped.split(", ").map(each => word("stop", each)).join(", ")}` : null);
}
