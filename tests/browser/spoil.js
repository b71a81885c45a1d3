// Puts markup into every word of every document that the page has, as if a device or a file had said it.
async markup => {
  const KEPT = new Set(["kind", "condition", "severity", "element", "state", "link"]);
  const spoiled = (said, name) => typeof said === "string" ? KEPT.has(name) ? said : markup
    : Array.isArray(said) ? said.map(each => spoiled(each, name))
    : said && typeof said === "object" ? Object.fromEntries(Object.entries(said).map(([key, each]) => [key, spoiled(each, key)])) : said;
  const live = await import(new URL("js/live.js", document.baseURI));
  for (const [key, document] of [...live.documents]) live.documents.set(key, {...spoiled(document), label: markup});
  live.redraw();
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
}
