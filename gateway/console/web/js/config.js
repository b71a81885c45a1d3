// The site file as it is, and what `gateway check` says of its promises.

import {h} from "./dom.js";
import {asked, forget} from "./asked.js";
import {knows, quantity, t, word} from "./i18n.js";

const PATH = "configuration";
const WORDS = new Set(["promise", "slower"]);

export function configPage() {
  const {body, refused} = asked(PATH);
  const title = h("h1", {key: "title"}, t("config.title"));
  if (refused) return [title, h("p", {key: "refused", class: "bad", role: "alert"}, `▲ ${word("refused", refused)}`)];
  if (!body) return [title, h("p", {key: "waiting", role: "status"}, t("config.waiting"))];
  return [
    title,
    h("p", {key: "what"}, t("config.what"), " ",
      h("button", {type: "button", class: "quiet", onclick: () => forget(PATH)}, t("config.again"))),
    body.problem ? h("pre", {key: "problem", class: "paper bad"}, body.problem) : null,
    body.budget ? verdict(body.budget) : null,
    ...(body.budget?.buses ?? []).map(bus => budget(bus)),
    h("h2", {key: "file"}, body.file, " ", h("small", {}, `SHA-256 ${body.digest.slice(0, 12)}`)),
    h("pre", {key: "text", class: "paper", tabindex: 0, "aria-label": body.file}, body.text),
  ].filter(Boolean);
}

function verdict({ok, complaints}) {
  if (ok) return h("p", {key: "verdict"}, `○ ${t("config.kept")}`);
  return h("ul", {key: "verdict", class: "bad"}, complaints.map(note => h("li", {key: note.text}, `✕ ${said(note)}`)));
}

/** What the check says, in this language: the promise is a word too. */
const said = ({word: name, given, text}) => knows(`check.${name}`)
  ? t(`check.${name}`, {...given, promise: word("promise", given.promise)}) : text;

/** What is read outside the ring and may take longer, the soonest first. */
const slower = elements => Object.entries(elements).sort(([, one], [, other]) => one - other)
  .map(([element, ms]) => `${word("element", element)} ${quantity(ms / 1000, 1, "s")}`).join(" · ");

function budget(bus) {
  return h("section", {key: bus.name, class: "bus", "aria-label": bus.name},
    h("h2", {}, bus.name, " ", h("small", {}, t("config.round", {ring: quantity(bus.ring_ms, 1, "ms"), slow: quantity(bus.slow_ms / 1000, 1, "s")}))),
    bus.notes.length ? h("ul", {key: "warnings", class: "old"}, bus.notes.map(note => h("li", {key: note.text}, `▲ ${said(note)}`))) : null,
    bus.piles.length ? h("div", {key: "piles", class: "scroll", tabindex: 0, role: "region", "aria-label": bus.name}, h("table", {class: "lines"},
      h("thead", {}, h("tr", {}, ["pile", "promise", "bound", "one-lost", "physical", "wanted", "slower"].map(name =>
        h("th", {key: name, scope: "col", class: WORDS.has(name) ? "word" : null}, t(`config.${name}`))))),
      h("tbody", {}, bus.piles.map(pile => h("tr", {key: pile.name},
        h("th", {scope: "row"}, pile.name), h("td", {}, word("promise", pile.promise)),
        [pile.bound?.total_ms, pile.bound?.total_one_lost_ms, pile.bound?.physical_ms, pile.trip_within_ms].map((ms, index) =>
          h("td", {key: index, class: "figure"}, quantity(ms, 0, "ms"))),
        h("td", {key: "slower"}, slower(pile.elements_ms ?? {}))))))) : null);
}
