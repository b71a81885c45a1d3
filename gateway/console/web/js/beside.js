// What a gateway says of an alarm beside its word, in the reader's language: a list of words, or a sentence with figures.
// Gateways say it in English; the tables come from gateway/alarm/phrases.py. What is in none is shown as it is.

import {keys, knows, language, t} from "./i18n.js";

const PREFIX = "phrase.";
const LONGEST = 500; // a longer text takes long to compare, and is none of ours
let made = {language: "", phrases: []}; // what a language knows: {key, pattern}; of several that fit, the one counts that says most itself

export function beside(detail) {
  if (detail.length > LONGEST) return detail;
  const listed = detail.split(", ").map(each => ["element", "stop"].map(kind => `${kind}.${each}`).find(knows));
  if (listed.every(Boolean)) return listed.map(key => t(key)).join(language === "en" ? ", " : "、");
  if (language === "en") return detail;
  return sentence(detail) ?? detail.split("; ").map(each => sentence(each) ?? each).join("；");
}

function sentence(said) {
  for (const {key, pattern} of phrases()) {
    const found = pattern.exec(said);
    if (found) return t(key, found.groups ?? {});
  }
  return null;
}

function phrases() {
  if (made.language === language) return made.phrases;
  const own = keys().filter(key => key.startsWith(PREFIX)).sort((a, b) => weight(b) - weight(a) || (a < b ? -1 : 1));
  made = {language, phrases: own.map(key => ({key, pattern: patternOf(key.slice(PREFIX.length))}))};
  return made.phrases;
}

const patternOf = text => new RegExp(`^${text.split(/\{(\w+)\}/).map((part, n) => n % 2 ? `(?<${part}>(?:(?!; ).)+?)` : plain(part)).join("")}$`, "s");

const weight = key => key.replace(/\{\w+\}/g, "").length;
const plain = text => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
