// The events of one conversation, opened again whenever they break off.
import * as api from "./api.js";

const SHORTEST_WAIT = 1_000;
const LONGEST_WAIT = 10_000;

export class Stream {
  // handlers: state, changed, list, live (each given the event's data); lost, back, stale.
  constructor(handlers) {
    this.handlers = handlers;
    this.conversation = null;
    this.source = null;
    this.timer = null;
    this.wait = SHORTEST_WAIT;
    this.lost = false;
    // A hidden tab holds no connection: browsers allow only six to one server, for all tabs together.
    document.addEventListener("visibilitychange", () => (document.hidden ? this.close() : this.open()));
    window.addEventListener("online", () => this.again());
    window.addEventListener("pagehide", () => this.close());
  }

  watch(conversation) {
    this.conversation = conversation;
    this.open();
  }

  open() {
    this.close();
    if (this.conversation === null || document.hidden) return;
    const source = new EventSource(api.eventsPath(this.conversation));
    this.source = source;
    source.addEventListener("open", () => this.found());
    source.addEventListener("error", () => this.broke(source));
    for (const name of ["state", "changed", "list", "live"]) {
      source.addEventListener(name, (event) => this.handlers[name](JSON.parse(event.data)));
    }
  }

  close() {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  found() {
    this.wait = SHORTEST_WAIT;
    if (this.lost) {
      this.lost = false;
      this.handlers.back();
    }
  }

  // An EventSource does not tell why it broke, so ask.
  async broke(source) {
    if (source !== this.source) return;
    this.close();
    try {
      await api.about();
    } catch (error) {
      if (error instanceof api.Stale) {
        this.handlers.stale();
        return;
      }
      if (error instanceof api.Offline) {
        this.lose();
        return;
      }
    }
    this.later();
  }

  lose() {
    this.lost = true;
    this.handlers.lost();
    this.later();
  }

  later() {
    this.close();
    this.timer = setTimeout(() => this.open(), this.wait);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
  }

  again() {
    if (this.lost) this.open();
  }
}
