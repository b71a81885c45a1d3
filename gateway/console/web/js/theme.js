// Light or dark: as the machine says, until somebody chooses.

import {h} from "./dom.js";
import {t} from "./i18n.js";

const STORED = "gateway-theme";
const root = document.documentElement;
const isDark = () => (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";

const chosen = localStorage.getItem(STORED);
if (chosen === "dark" || chosen === "light") root.dataset.theme = chosen;

/** The switch; `show` draws again. */
export function themeButton(show) {
  return h("button", {type: "button", class: "quiet", onclick: () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    localStorage.setItem(STORED, root.dataset.theme);
    show();
  }}, `${isDark() ? "☀" : "☾"} ${t("theme.switch")}`);
}
