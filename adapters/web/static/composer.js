// Where a message is written: text, files, the send and stop buttons.
import { Attachments } from "./attachments.js";
import { Commands } from "./commands.js";
import { byId } from "./dom.js";
import { Presets } from "./presets.js";

const DRAFT = "tampu.draft";

export class Composer {
  // handlers: send(words, attachments, chosen), stop(); chosen: text as people see it, preset, schema.
  constructor(handlers) {
    this.handlers = handlers;
    this.form = byId("composer");
    this.draft = byId("draft");
    this.sendButton = byId("send");
    this.stopButton = byId("stop");
    this.notice = byId("composer-notice");
    this.answering = false;
    this.presets = new Presets();
    this.attachments = new Attachments(byId("chips"), () => this.refresh());
    this.commands = new Commands(byId("commands"), this.draft, () => this.edited());
    this.draft.value = sessionStorage.getItem(DRAFT) ?? "";
    this.listen();
    this.edited();
    this.commands.close();
  }

  listen() {
    this.form.addEventListener("submit", (event) => this.submit(event));
    this.draft.addEventListener("input", () => this.edited());
    this.draft.addEventListener("keydown", (event) => this.key(event));
    this.draft.addEventListener("blur", () => this.commands.close());
    this.draft.addEventListener("paste", (event) => this.pasted(event));
    this.presets.schema.addEventListener("input", () => this.say(""));
    this.stopButton.addEventListener("click", () => this.stop());
    const files = byId("files");
    byId("attach").addEventListener("click", () => files.click());
    files.addEventListener("change", () => {
      this.attach([...files.files]);
      files.value = "";
    });
    this.form.addEventListener("click", (event) => {
      if (event.target === this.form) this.draft.focus();
    });
  }

  setAnswering(answering) {
    this.answering = answering;
    this.stopButton.disabled = false;
    this.refresh();
  }

  setText(text) {
    this.draft.value = text;
    this.edited();
    this.focus();
  }

  addBack(message) {
    this.setText([message.words, this.draft.value].filter(Boolean).join("\n\n"));
    this.attach(message.files);
    this.presets.choose(message.preset, message.schema);
  }

  keep(text) {
    sessionStorage.setItem(DRAFT, text);
  }

  focus() {
    // On a phone this would open the keyboard over what there is to read.
    if (matchMedia("(hover: hover)").matches) this.draft.focus();
  }

  say(sentence) {
    this.notice.textContent = sentence;
    this.notice.hidden = !sentence;
  }

  attach(files) {
    if (files.length === 0) return;
    this.say(this.attachments.add(files));
    this.focus();
  }

  submit(event) {
    event.preventDefault();
    const words = this.draft.value.trim();
    if (!words && this.attachments.files.length === 0) return;
    const complaint = this.presets.complaint;
    this.say(complaint);
    if (complaint) return;
    const chosen = { text: this.presets.worded(words), ...this.presets.sending };
    this.draft.value = "";
    const attachments = this.attachments.take();
    this.edited();
    this.handlers.send(words, attachments, chosen);
    this.draft.focus();
  }

  stop() {
    this.stopButton.disabled = true;
    this.handlers.stop();
  }

  key(event) {
    if (event.isComposing) return;
    if (this.commands.key(event)) {
      event.preventDefault();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.form.requestSubmit();
    }
  }

  pasted(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    this.attach(files);
  }

  edited() {
    this.keep(this.draft.value);
    this.draft.style.height = "auto";
    this.draft.style.height = `${this.draft.scrollHeight}px`;
    this.commands.refresh();
    this.refresh();
  }

  // While it answers the button is for stopping; with something to say there is one for sending, too.
  refresh() {
    this.presets.show(this.attachments.pictures);
    const nothing = this.draft.value.trim() === "" && this.attachments.files.length === 0;
    this.stopButton.hidden = !this.answering;
    this.sendButton.hidden = this.answering && nothing;
    this.sendButton.disabled = nothing;
  }
}
