// Looks at what is drawn as a person would who sees badly, has thick fingers or only listens. Returns sentences.
() => {
  const LEAST_PX = 44, LEAST_CONTRAST = 4.5;
  const found = [];
  const isSeen = element => {
    const {width, height} = element.getBoundingClientRect();
    return width > 0 && height > 0 && element.checkVisibility({visibilityProperty: true});
  };
  const named = element => `<${element.tagName.toLowerCase()} class="${element.getAttribute("class") ?? ""}"> ` +
    `"${(element.getAttribute("aria-label") ?? element.textContent ?? "").trim().slice(0, 40)}"`;

  for (const element of document.querySelectorAll("a, button, input, select, textarea, summary")) {
    if (!isSeen(element)) continue;
    const pressed = element.type === "checkbox" ? element.closest("label") ?? element : element;
    const {width, height} = pressed.getBoundingClientRect();
    if (width < LEAST_PX - .5 || height < LEAST_PX - .5) found.push(`small ${Math.round(width)}x${Math.round(height)}: ${named(element)}`);
    const by = element.getAttribute("aria-labelledby");
    const name = element.getAttribute("aria-label") || (by && document.getElementById(by)?.textContent) ||
      (element.labels ? [...element.labels].map(label => label.textContent).join("") : "") ||
      (["INPUT", "SELECT"].includes(element.tagName) ? "" : element.textContent);
    if (!name?.trim()) found.push(`nameless: ${named(element)}`);
    if (element.tabIndex < 0) found.push(`not reached with the keyboard: ${named(element)}`);
  }
  const overhang = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (overhang > 0) found.push(`wider than the window by ${overhang} px`);

  const pencil = Object.assign(document.createElement("canvas"), {width: 1, height: 1}).getContext("2d", {willReadFrequently: true});
  const known = new Map();
  const parsed = colour => {
    if (!known.has(colour)) {
      pencil.clearRect(0, 0, 1, 1);
      pencil.fillStyle = colour;
      pencil.fillRect(0, 0, 1, 1);
      known.set(colour, [...pencil.getImageData(0, 0, 1, 1).data].map((part, i) => i === 3 ? part / 255 : part));
    }
    return known.get(colour);
  };
  const over = ([r, g, b, a], under) => [r, g, b].map((part, i) => part * a + under[i] * (1 - a));
  const page = parsed(getComputedStyle(document.body).backgroundColor);
  /** What lies behind an element's text, and how much of the text is left by all who are see-through above it. */
  const grounds = new Map([[null, {behind: page, left: 1}]]);
  const ground = element => {
    if (!grounds.has(element)) grounds.set(element, laid(element));
    return grounds.get(element);
  };
  const laid = element => {
    const {backgroundColor, opacity} = getComputedStyle(element);
    const outer = ground(element.parentElement), alpha = Number(opacity);
    const colour = parsed(backgroundColor);
    return {behind: over([...colour.slice(0, 3), colour[3] * alpha * outer.left], outer.behind), left: outer.left * alpha};
  };
  const light = colour => {
    const [r, g, b] = colour.slice(0, 3).map(part => part / 255).map(part => part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const said = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || said.has(element) || !isSeen(element) || element.matches(":disabled, noscript")) continue;
    said.add(element);
    const {behind, left} = ground(element), ink = parsed(getComputedStyle(element).color);
    const [a, b] = [light(over([...ink.slice(0, 3), ink[3] * left], behind)), light(behind)];
    const contrast = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (contrast < LEAST_CONTRAST) found.push(`contrast ${contrast.toFixed(2)}: ${named(element)}`);
  }
  return [...new Set(found)];
}
