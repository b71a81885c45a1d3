// Of very many things only those near the window are drawn whole: what a page draws at once stays small, however much
// there is. Few of them at a time, so that whoever scrolls is never held up.

import {redraw} from "./live.js";

const SLICE = 10; // things that are drawn whole, or no more, in one frame
const MARGIN = "60%"; // of the window's height, above and below it

const seen = new Set(), wanted = new Set(), watched = new WeakSet();
let isUnderWay = false;

/** Whether a thing of this name is near the window, as far as is known. */
export const isNear = name => seen.has(name);

const observer = new IntersectionObserver(entries => {
  for (const {target, isIntersecting} of entries) {
    if (isIntersecting && target.isConnected) wanted.add(target.dataset.near);
    else wanted.delete(target.dataset.near);
  }
  if (!isUnderWay) step();
}, {rootMargin: `${MARGIN} 0px`});

/** To be called after each drawing: elements say with `data-near` how they are named. */
export function watchNear() {
  for (const element of document.querySelectorAll("[data-near]")) {
    if (watched.has(element)) continue;
    watched.add(element);
    observer.observe(element);
  }
}

function step() {
  const come = [...wanted].filter(name => !seen.has(name)), go = [...seen].filter(name => !wanted.has(name));
  for (const name of come.slice(0, SLICE)) seen.add(name);
  for (const name of go.slice(0, SLICE)) seen.delete(name);
  isUnderWay = come.length > 0 || go.length > 0;
  if (!isUnderWay) return;
  redraw();
  requestAnimationFrame(() => requestAnimationFrame(step));
}
