// What the gateway knows, kept current: one snapshot, then only what changes. All tabs of a browser share one stream
// where the browser lets them (a lock decides who listens); without that each tab listens for itself.

export const documents = new Map();
export const line = {state: "connecting", offsetMs: 0, heardMs: 0};

const RETRY_MS = 1000;
const SILENT_MS = 25_000; // the gateway says something every 10 s
const watchers = new Set();
let channel = null;
let listening = new AbortController();
let scope = ""; // SITE/GATEWAY: of which the outlets are sent too, where many gateways are shown

let revision = -1;
let fetching = null;
let changed = new Set();
let isDue = false;

/** Call `fn(changedKeys)` at most once a frame when something has changed, the line included. */
export function watch(fn) {
  watchers.add(fn);
  return () => watchers.delete(fn);
}

/** Draw again although nothing has come: what the person has opened or said has changed. */
export const redraw = () => tell();

/** The gateway's time now, in ms since 1970. */
export const now = () => Date.now() + line.offsetMs;

let hasBegun = false;

export function begin() {
  if (hasBegun) return;
  hasBegun = true;
  open();
  setInterval(() => {
    if (line.state === "live" && Date.now() - line.heardMs > SILENT_MS) setLine("away");
    else tell();
  }, 1000);
}

/** Let the outlets of one gateway be sent, or with "" those of none; without many gateways all are sent anyway. */
export function lookAt(wanted) {
  if (wanted === scope || !isFleet()) return;
  scope = wanted;
  revision = -1;
  if (hasBegun) open();
}

/** Whether this console shows many gateways, fed by a broker. */
export const isFleet = () => documents.has("f/broker");

/** Which gateway's outlets are sent; "": all that there is, or none of a fleet's. */
export const lookedAt = () => scope;

function open() {
  listening.abort();
  channel?.close();
  listening = new AbortController();
  const {signal} = listening, name = scope ? `gateway-live-${scope}` : "gateway-live";
  channel = "BroadcastChannel" in self ? new BroadcastChannel(name) : null;
  if (channel) channel.onmessage = ({data}) => heard(data);
  if (channel && navigator.locks) navigator.locks.request(name, {signal}, () => listen(signal)).catch(() => {});
  else listen(signal);
  fetchAll();
}

function tell(keys = []) {
  for (const key of keys) changed.add(key);
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    const told = changed;
    changed = new Set();
    isDue = false;
    for (const fn of watchers) fn(told);
  });
}

function setLine(state) {
  if (line.state !== state) {
    line.state = state;
    tell();
  }
}

function fetchAll() {
  fetching ??= (async () => {
    for (;;) {
      try {
        const asked = scope;
        const answer = await fetch(asked ? `api/snapshot?scope=${asked}` : "api/snapshot");
        if (answer.status === 401) return location.reload(); // the session is over
        if (!answer.ok) throw new Error(answer.statusText);
        const snapshot = await answer.json();
        if (asked !== scope) continue;
        take(snapshot);
        return;
      } catch {
        setLine("away");
        await new Promise(resolve => setTimeout(resolve, RETRY_MS));
      }
    }
  })().finally(() => { fetching = null; });
  return fetching;
}

function take(snapshot) {
  const keys = new Set([...documents.keys(), ...Object.keys(snapshot.documents)]);
  documents.clear();
  for (const [key, document] of Object.entries(snapshot.documents)) documents.set(key, document);
  revision = snapshot.revision;
  alive(snapshot.now_ms);
  tell(keys);
}

function alive(gatewayMs) {
  line.heardMs = Date.now();
  if (gatewayMs !== undefined) line.offsetMs = gatewayMs - line.heardMs;
  setLine("live");
}

function heard(said) {
  if (said.again) return void (revision >= 0 && fetchAll());
  if (said.away) return setLine("away");
  if (said.alive) return line.state === "away" ? void fetchAll() : alive();
  if (revision < 0 || said.revision <= revision) return;
  if (said.revision > revision + 1) return void fetchAll();
  for (const [key, patch] of Object.entries(said.patches)) {
    const document = {...documents.get(key), ...patch};
    for (const name of Object.keys(patch)) if (patch[name] === null) delete document[name];
    documents.set(key, document);
  }
  for (const key of said.gone) documents.delete(key);
  revision = said.revision;
  alive(said.now_ms);
  tell([...Object.keys(said.patches), ...said.gone]);
}

function pass(said) {
  channel?.postMessage(said);
  heard(said);
}

async function listen(signal) {
  while (!signal.aborted) {
    await fetchAll();
    if (signal.aborted) return;
    await new Promise(resolve => {
      const source = new EventSource(`api/stream?after=${revision}${scope ? `&scope=${scope}` : ""}`);
      signal.addEventListener("abort", () => { source.close(); resolve(); });
      source.onmessage = ({data}) => pass(JSON.parse(data));
      source.addEventListener("alive", () => pass({alive: true}));
      source.addEventListener("again", () => { source.close(); pass({again: true}); resolve(); });
      source.onerror = () => { source.close(); pass({away: true}); resolve(); };
    });
    await new Promise(resolve => setTimeout(resolve, RETRY_MS));
  }
}
