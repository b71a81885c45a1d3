// Asking the gateway to do something. A refusal is a word of the catalogues, never a surprise.

export class Refused extends Error {
  constructor(word, status) {
    super(word);
    this.word = word;
    this.status = status;
  }
}

export async function ask(method, path, said) {
  let answer;
  try {
    answer = await fetch(`api/${path}`, {
      method,
      headers: said === undefined ? {} : {"content-type": "application/json"},
      body: said === undefined ? undefined : JSON.stringify(said),
    });
  } catch {
    throw new Refused("no-answer", 0);
  }
  if (answer.status === 204) return null;
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(typeof body.detail === "string" ? body.detail : "not-understood", answer.status);
  return body;
}
