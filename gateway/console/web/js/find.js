// By the code on the sticker, by the name, or by the number of an order, running or over.

import {h} from "./dom.js";
import {asked} from "./asked.js";
import {SHAPES} from "./conditions.js";
import {isFleet} from "./live.js";
import {storiesOf, storyList} from "./story.js";
import {t, word} from "./i18n.js";

const MOST = 50;
const FEW = 3; // outlets whose last orders are told at once

export function find(said, {documents, now}) {
  const wanted = said.toLowerCase();
  const {found, more, isLookedFor} = isFleet() ? farOutlets(said) : nearOutlets(wanted, documents);
  const exact = found.filter(([, {code}]) => code?.toLowerCase() === wanted);
  const stories = told(said, exact.length ? exact : found, now);
  const isDone = stories !== null && !isLookedFor, unlisted = more + Math.max(0, found.length - MOST);
  return [
    h("h1", {key: "title"}, t("find.title", {said})),
    isDone || found.length ? null : h("p", {key: "wait", role: "status"}, t("find.looking")),
    found.length || !isDone || stories.length ? null : h("p", {key: "none"}, t("find.none")),
    stories?.length ? h("section", {key: "stories"}, h("h2", {}, t("find.orders")), storyList(stories, linkTo(documents))) : null,
    found.length ? h("h2", {key: "outlets"}, t("find.outlets")) : null,
    h("ul", {key: "list", class: "found"}, found.slice(0, MOST).map(([key, document]) =>
      h("li", {key}, h("a", {href: `#/o/${key.slice(2)}`},
        `${SHAPES[document.condition]} ${document.code || document.place || ""} ${key.slice(2)} `,
        h("small", {}, `${word("condition", document.condition)} ${document.order_id ?? ""}`))))),
    unlisted ? h("p", {key: "more"}, t("find.more", {count: unlisted})) : null,
  ].filter(Boolean);
}

/** The outlets of the documents that fit. */
function nearOutlets(wanted, documents) {
  const found = [...documents].filter(([key, document]) => key.startsWith("o/") &&
    [key.slice(2), document.code, document.place, document.order_id].some(text => text?.toLowerCase().includes(wanted)));
  return {found, more: 0, isLookedFor: false};
}

/** Those of all sheds, whose outlets are not on this page. */
function farOutlets(said) {
  const {body, refused} = asked(`outlets?said=${encodeURIComponent(said)}`, 10_000);
  return {found: (body?.outlets ?? []).map(({path, ...document}) => [`o/${path}`, document]), more: body?.more ?? 0,
    isLookedFor: !body && !refused};
}

/** The orders of this number and of the few outlets that were meant; null while they are looked for. */
function told(said, outlets, now) {
  const targets = outlets.length <= FEW ? outlets.map(([key]) => isFleet() ? key.slice(2) : key.split("/").slice(3).join("/")) : [];
  const lists = [said, ...targets].map(each => storiesOf(each, now));
  if (lists.includes(null)) return null;
  const byId = new Map(lists.flat().map(story => [`${story.gateway ?? ""} ${story.order_id}`, story]));
  return [...byId.values()].sort((a, b) => b.ts - a.ts);
}

/** Where the place of an order is shown. */
const linkTo = documents => (place, gateway) => {
  if (gateway) return place.includes("/") ? `#/o/${gateway}/${place}` : `#/shed/${gateway}`;
  const key = [...documents.keys()].find(each => each.startsWith("o/") && each.endsWith(`/${place}`));
  return key ? `#/${key}` : null;
};
