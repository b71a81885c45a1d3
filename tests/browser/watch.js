// Put into a page before its own scripts: notes when it first shows a trip, unless that was there from the beginning.
() => {
  window.seenMs = null;
  let hadOutlets = false;
  const look = () => {
    if (window.seenMs !== null) return;
    if (hadOutlets && document.querySelector("a.outlet.c-tripped")) window.seenMs = Date.now();
    hadOutlets ||= document.querySelector("a.outlet") !== null && !document.querySelector("a.outlet.c-tripped");
  };
  new MutationObserver(look).observe(document, {subtree: true, childList: true, attributes: true, attributeFilter: ["class"]});
}
