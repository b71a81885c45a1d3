// Every word that a person reads comes from lang/*.json; numbers, money and times are written by Intl.

export const LANGUAGES = {"zh-CN": "中文", en: "English"};

const STORED = "gateway-language";
let words = {};
export let language = "zh-CN";

export async function speak(wanted) {
  const usual = navigator.languages?.some(name => name.startsWith("zh")) === false ? "en" : "zh-CN";
  const found = [wanted, localStorage.getItem(STORED), usual].find(name => name in LANGUAGES);
  words = await (await fetch(`lang/${found}.json`)).json();
  language = found;
  if (wanted) localStorage.setItem(STORED, found);
  document.documentElement.lang = found;
}

/** The text of a key, with its {names} filled in; a key that has none is shown as it is. */
export function t(key, given = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => given[name] ?? "");
}

/** Whether a key has a text. */
export const knows = key => key in words;

/** All keys that have a text, in the order of the catalogue. */
export const keys = () => Object.keys(words);

/** The text of a word that a gateway says, under a prefix; of an unknown one the word itself. */
export const word = (prefix, said) => words[`${prefix}.${said}`] ?? said;

const number = digits => new Intl.NumberFormat(language, {maximumFractionDigits: digits, minimumFractionDigits: digits});

export const power = w => w === undefined ? "–" : w >= 10_000 ? `${number(1).format(w / 1000)} kW` : `${number(0).format(w)} W`;
export const energy = wh => wh === undefined ? "–" : `${number(wh < 10_000 ? 2 : 1).format(wh / 1000)} ${t("unit.kwh")}`;
export const money = mil => mil === undefined ? "–" :
  new Intl.NumberFormat(language, {style: "currency", currency: "CNY", currencyDisplay: "narrowSymbol"}).format(mil / 1000);
export const quantity = (value, digits, unit) => value === undefined || value === null ? "–" : `${number(digits).format(value)} ${unit}`;

let suffix = "";
let timeZone = "UTC"; // of the site, or of who looks after many; never the browser's
const clocks = new Map();

/** By which zone of the tz database every time is written and read; one that this browser lacks is not guessed. */
export function keepTimeOf(zone) {
  clocks.clear();
  try {
    new Intl.DateTimeFormat("en-GB", {timeZone: zone});
    timeZone = zone;
    suffix = "";
  } catch {
    timeZone = "UTC";
    suffix = " UTC";
  }
}

function clock(locale, style) {
  const key = `${locale} ${Object.keys(style)}`;
  if (!clocks.has(key)) clocks.set(key, new Intl.DateTimeFormat(locale, {...style, timeZone}));
  return clocks.get(key);
}

const written = (ms, style) => clock(language === "en" ? "en-GB" : language, style).format(ms) + suffix;
export const time = ms => written(ms, {dateStyle: "short", timeStyle: "medium"});
export const timeOfDay = ms => written(ms, {hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3});

/** The moment at which a clock there shows what an input says, YYYY-MM-DDTHH:MM[:SS]; NaN where that is no moment. */
export function momentOf(said) {
  const shown = Date.parse(`${said}Z`);
  if (Number.isNaN(shown)) return NaN;
  const first = shown - ahead(shown); // an hour wrong near the end of a summer time, right at the second look
  return shown - ahead(first);
}

/** How far the clocks there are ahead of UTC at a moment, in ms. */
function ahead(ms) {
  const parts = clock("en-GB", {year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric", hourCycle: "h23"}).formatToParts(ms);
  const {year, month, day, hour, minute, second} = Object.fromEntries(parts.map(({type, value}) => [type, Number(value)]));
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1000) * 1000;
}

export function span(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return t("span.s", {s});
  if (s < 3600) return t("span.min", {min: Math.floor(s / 60), s: s % 60});
  return t("span.h", {h: Math.floor(s / 3600), min: Math.floor(s % 3600 / 60)});
}
