// The page: which conversation is open, and who tells whom.
import * as api from "./api.js";
import { Composer } from "./composer.js";
import { byId } from "./dom.js";
import { acceptDrops } from "./dropping.js";
import { isId, newId } from "./ids.js";
import { Outbox } from "./outbox.js";
import { rememberPictures } from "./question.js";
import { Sidebar } from "./sidebar.js";
import { Stream } from "./stream.js";
import { Thread } from "./thread.js";

const bar = byId("bar");
let current = newId();
let exists = false;
let stored = [];
let answering = false;
let stale = false;
let again = false;
let refreshing = false;

const sidebar = new Sidebar();
const thread = new Thread(byId("scroller"), byId("thread"), byId("newest"));
const composer = new Composer({ send, stop });
const outbox = new Outbox({ changed: fated, sent, stale: showStale, offline: () => stream.lose() });
const stream = new Stream({
  state: (data) => setAnswering(data.answering),
  changed: () => exists && refresh(),
  list: () => refreshList(),
  live: (data) => thread.live(data) || stream.open(),
  lost: () => showBar("Tampu does not answer. Is it still running? Trying again …"),
  back: () => {
    showBar("");
    outbox.retryWaiting();
  },
  stale: showStale,
});

// Conversations

function route() {
  const asked = location.hash.slice(1);
  if (isId(asked)) open(asked);
  else open(newId());
}

function open(id) {
  if (id === current && stream.conversation === id) return;
  current = id;
  exists = Boolean(location.hash);
  stored = [];
  answering = false;
  thread.clear();
  composer.setAnswering(false);
  composer.say("");
  sidebar.show(sidebar.rows, current);
  stream.watch(id);
  if (exists) refresh();
  draw();
  composer.focus();
}

function begin() {
  sidebar.open(false);
  history.pushState(null, "", location.pathname);
  open(newId());
}

async function refresh() {
  if (refreshing) {
    again = true;
    return;
  }
  refreshing = true;
  const id = current;
  try {
    const found = await api.conversation(id);
    if (id === current) take(found);
  } catch (error) {
    if (id === current) missed(error);
  } finally {
    refreshing = false;
    const due = again || id !== current;
    again = false;
    // One that nobody has written in yet is not on the server.
    if (due && exists) refresh();
  }
}

function take(found) {
  stored = found.messages;
  const known = new Set(stored.map((message) => message.id));
  for (const message of outbox.of(current)) {
    if (known.has(message.id)) outbox.drop(message);
  }
  draw(!found.answering);
  setAnswering(found.answering);
}

function missed(error) {
  if (error instanceof api.Stale) showStale();
  else if (error instanceof api.Offline) stream.lose();
  else if (error.status !== 404) composer.say(error.message);
  else if (location.hash && outbox.of(current).length === 0) {
    begin();
    composer.say("That conversation is not here any more. This is a new one.");
  }
}

async function refreshList() {
  try {
    const { conversations } = await api.conversations();
    sidebar.show(conversations, current);
    draw();
    // What is open here may have been forgotten elsewhere.
    if (exists && stored.length > 0 && sidebar.titleOf(current) === undefined) refresh();
  } catch (error) {
    if (error instanceof api.Stale) showStale();
  }
}

// Talking

function send(words, attachments, chosen = { text: words, preset: "", schema: "" }) {
  if (words === "/new" && attachments.length === 0) {
    begin();
    return;
  }
  const files = attachments.map((each) => each.file);
  const message = { id: newId(), conversation: current, role: "user", words, files, ...chosen };
  rememberPictures(message.id, attachments);
  if (!location.hash) history.pushState(null, "", `#${current}`);
  outbox.send(message);
  thread.toNewest();
}

function sent(message) {
  if (message.conversation !== current) return;
  exists = true;
  refresh();
}

function fated(message) {
  draw();
  if (message.conversation === current && message.fate !== "sent") setAnswering(message.fate === "sending");
}

async function stop() {
  try {
    await api.stop(current);
  } catch (error) {
    composer.setAnswering(answering);
    if (error instanceof api.Stale) showStale();
    else composer.say(error instanceof api.Offline ? "Tampu does not answer, so nothing could be stopped." : error.message);
  }
}

const actions = (message) => ({
  retry: () => outbox.send(message),
  edit: () => {
    outbox.drop(message);
    draw();
    composer.addBack(message);
  },
});

// Showing

function draw(settled = false) {
  const known = new Set(stored.map((message) => message.id));
  const pending = outbox.of(current).filter((message) => !known.has(message.id));
  thread.show(stored, pending, actions, settled);
  thread.setAnswering(answering);
  byId("welcome").hidden = !thread.empty || Boolean(location.hash);
  const title = sidebar.titleOf(current) ?? (exists ? "" : "New conversation");
  byId("title").textContent = title;
  document.title = title ? `${title} · Tampu` : "Tampu";
}

function setAnswering(now) {
  if (answering !== now) byId("status").textContent = now ? "Tampu is answering." : "The answer is complete.";
  answering = now;
  thread.setAnswering(now);
  composer.setAnswering(now);
}

function showBar(sentence, label = "", act = null) {
  if (stale && label === "") return;
  bar.hidden = !sentence;
  byId("bar-text").textContent = sentence;
  const button = byId("bar-action");
  button.hidden = !label;
  button.textContent = label;
  button.onclick = act;
}

function showStale() {
  if (stale) return;
  stale = true;
  stream.close();
  setAnswering(false);
  showBar("Tampu was restarted. Reload this page.", "Reload", () => {
    composer.keep([outbox.unsentText(), composer.draft.value].filter(Boolean).join("\n\n"));
    location.reload();
  });
}

async function introduce() {
  try {
    const { model, note, commands, presets } = await api.about();
    composer.commands.offer(commands);
    composer.presets.offer(presets);
    byId("model").textContent = model;
    byId("model").hidden = !model;
    byId("note").textContent = note;
    byId("note").hidden = !note;
  } catch (error) {
    if (error instanceof api.Stale) showStale();
  }
}

for (const button of byId("examples").querySelectorAll("button")) {
  button.addEventListener("click", () => send(button.textContent, []));
}
byId("new").addEventListener("click", begin);
byId("new-narrow").addEventListener("click", begin);
window.addEventListener("popstate", route);
acceptDrops((files) => composer.attach(files));
// The key of the printed address has done its work; it need not stay on screen.
if (location.search) history.replaceState(null, "", location.pathname + location.hash);
route();
introduce();
refreshList();
