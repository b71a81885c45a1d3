// What a page asks for when it is opened, and again every so often while it is looked at.

import {ask} from "./api.js";

const MOST = 30;
const RETRY_MS = 5000;
const answers = new Map();
let again = () => {};

/** `redraw` is called when an answer has come. */
export const readyToAsk = redraw => { again = redraw; };

/** The newest answer of a path: `body`, or the word of its refusal; neither while nothing has come yet. */
export function asked(path, everyMs = Infinity) {
  const answer = answers.get(path) ?? {atMs: -Infinity, isUnderWay: false};
  const dueMs = answer.refused ? Math.max(RETRY_MS, Math.min(everyMs, 60_000)) : answer.body ? everyMs : 0;
  answers.delete(path);
  answers.set(path, answer); // the newest last
  if (answers.size > MOST) answers.delete(answers.keys().next().value);
  if (!answer.isUnderWay && Date.now() - answer.atMs >= dueMs) fetchInto(path, answer);
  return answer;
}

/** Forget an answer: the page asks again. */
export const forget = path => answers.delete(path);

async function fetchInto(path, answer) {
  answer.isUnderWay = true;
  try {
    answer.body = await ask("GET", path);
    answer.refused = "";
  } catch (refused) {
    answer.refused = refused.word ?? String(refused);
  }
  answer.atMs = Date.now();
  answer.isUnderWay = false;
  again();
}
