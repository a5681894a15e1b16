// The server, as functions. Each throws Stale (Tampu was restarted), Offline (nobody answers) or
// Refused (its message is a sentence for the person).

export class Stale extends Error {}
export class Offline extends Error {}

export class Refused extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

const READ_WITHIN = 15_000;
const SEND_WITHIN = 120_000;

async function call(path, options = {}, within = READ_WITHIN) {
  let response;
  let body;
  try {
    response = await fetch(path, { ...options, signal: AbortSignal.timeout(within) });
    body = await response.json();
  } catch (error) {
    if (response === undefined || error.name === "TimeoutError") throw new Offline();
    body = {};
  }
  if (response.status === 401) throw new Stale();
  if (!response.ok) {
    throw new Refused(body.message ?? "That did not work. Please try again.", response.status);
  }
  return body;
}

const pathOf = (conversation) => `/api/conversations/${conversation}`;

export const about = () => call("/api/about");
export const conversations = () => call("/api/conversations");
export const conversation = (id) => call(pathOf(id));
export const stop = (id) => call(`${pathOf(id)}/stop`, { method: "POST" });
export const eventsPath = (id) => `/api/events?conversation=${id}`;

export function send(message) {
  const body = new FormData();
  body.append("id", message.id);
  body.append("text", message.words);
  body.append("preset", message.preset);
  body.append("schema", message.schema);
  for (const file of message.files) body.append("files", file, file.name);
  return call(`${pathOf(message.conversation)}/messages`, { method: "POST", body }, SEND_WITHIN);
}
