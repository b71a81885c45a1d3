// A page is drawn as a list of nodes, and only what differs from the last drawing is touched.
// Text is always set as text: nothing that a device, an order or a file says can become markup.

const DRAWN = Symbol("what was drawn here");

/** Describe an element. `props`: `key` names it among its siblings, `on…` are listeners, the rest are attributes. */
export function h(tag, props, ...children) {
  const {key = null, ...rest} = props ?? {};
  return {tag, key, props: rest, children: children.flat(Infinity).filter(child => child !== null && child !== false)};
}

/** Describe a part that is drawn again only if one of `given` is another value than last time. */
export function part(key, given, draw) {
  return {key, given, draw};
}

/** Make the children of `parent` be these nodes. */
export function draw(parent, nodes) {
  const old = [...parent.childNodes];
  const byKey = new Map();
  for (const child of old) {
    const key = child[DRAWN]?.key;
    if (key != null) byKey.set(key, child);
  }
  const spare = old.filter(child => child[DRAWN]?.key == null);
  const kept = new Set();
  let place = parent.firstChild;
  for (const node of nodes) {
    const found = typeof node === "object" && node.key != null ? byKey.get(node.key) : next(spare, node);
    const drawn = found === undefined ? make(node) : update(found, node);
    kept.add(drawn);
    if (drawn === place) place = place.nextSibling;
    else parent.insertBefore(drawn, place);
  }
  for (const child of old) if (!kept.has(child)) child.remove();
}

function next(spare, node) {
  const fits = child => typeof node === "object" ? child[DRAWN]?.tag === node.tag : child.nodeType === Node.TEXT_NODE;
  return spare.length && fits(spare[0]) ? spare.shift() : (spare.shift(), undefined);
}

function make(node) {
  if (typeof node !== "object") return document.createTextNode(String(node));
  if (node.draw) {
    const whole = node.draw();
    const element = make({...whole, key: node.key});
    element[DRAWN].given = node.given;
    return element;
  }
  const svg = node.tag === "svg" || node.props.svg;
  const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", node.tag) : document.createElement(node.tag);
  element[DRAWN] = {tag: node.tag, key: node.key, props: {}};
  dress(element, node.props);
  draw(element, node.children);
  return element;
}

function update(element, node) {
  if (typeof node !== "object") {
    if (element.data !== String(node)) element.data = String(node);
    return element;
  }
  const drawn = element[DRAWN];
  if (node.draw) {
    if (drawn.given?.length === node.given.length && drawn.given.every((value, i) => value === node.given[i])) return element;
    const made = update(element, {...node.draw(), key: node.key});
    made[DRAWN].given = node.given;
    return made;
  }
  if (drawn.tag !== node.tag) return make(node);
  dress(element, node.props);
  draw(element, node.children);
  return element;
}

function dress(element, props) {
  const before = element[DRAWN].props;
  for (const name of Object.keys(before)) if (!(name in props)) set(element, name, null, before[name]);
  for (const [name, value] of Object.entries(props)) if (before[name] !== value) set(element, name, value, before[name]);
  element[DRAWN].props = props;
}

function set(element, name, value, before) {
  if (name === "svg") return;
  if (name.startsWith("on")) {
    if (before) element.removeEventListener(name.slice(2), before);
    if (value) element.addEventListener(name.slice(2), value);
  } else if (name === "value") {
    if (element.value !== value) element.value = value ?? "";
  } else if (value === null || value === undefined || value === false) {
    element.removeAttribute(name);
  } else {
    element.setAttribute(name, value === true ? "" : String(value));
  }
}
