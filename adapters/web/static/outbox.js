// Messages on their way to the server. A message keeps its id however often it is tried, so that
// it is asked once.
import * as api from "./api.js";

export class Outbox {
  // handlers: changed(message) when its fate is another; sent(message); stale(); offline().
  constructor(handlers) {
    this.handlers = handlers;
    this.messages = [];
    this.waiting = [];
  }

  of(conversation) {
    return this.messages.filter((message) => message.conversation === conversation);
  }

  async send(message) {
    if (!this.messages.includes(message)) this.messages.push(message);
    this.turn(message, "sending", "");
    try {
      await api.send(message);
      this.turn(message, "sent", "");
      this.handlers.sent(message);
    } catch (error) {
      this.failed(message, error);
    }
  }

  failed(message, error) {
    if (error instanceof api.Offline) {
      this.turn(message, "waiting", "Waiting for Tampu to answer");
      this.waiting.push(message);
      this.handlers.offline();
    } else if (error instanceof api.Stale) {
      this.turn(message, "failed", "Not sent: reload the page first.");
      this.handlers.stale();
    } else {
      this.turn(message, "failed", error.message);
    }
  }

  async retryWaiting() {
    const waiting = this.waiting.splice(0);
    for (const message of waiting) await this.send(message);
  }

  drop(message) {
    this.messages = this.messages.filter((each) => each !== message);
  }

  unsentText() {
    return this.messages
      .filter((message) => message.fate !== "sent")
      .map((message) => message.words)
      .join("\n\n");
  }

  turn(message, fate, why) {
    message.fate = fate;
    message.why = why;
    this.handlers.changed(message);
  }
}
