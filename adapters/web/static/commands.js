// The list of commands that opens when a message begins with a slash.
import { element } from "./dom.js";

export class Commands {
  constructor(list, draft, chosen) {
    this.list = list;
    this.draft = draft;
    this.chosen = chosen;
    this.known = [];
    this.matching = [];
    this.selected = 0;
  }

  // Who was quicker than the list sees it all the same.
  offer(known) {
    this.known = known;
    this.refresh();
  }

  refresh() {
    const typed = /^\/(\S*)$/.exec(this.draft.value)?.[1].toLowerCase();
    this.matching = typed === undefined ? [] : this.known.filter((each) => each.name.startsWith(typed));
    this.selected = 0;
    this.draw();
  }

  // Whether the key was for the list.
  key(event) {
    if (this.list.hidden) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      this.selected = (this.selected + step + this.matching.length) % this.matching.length;
      this.draw();
    } else if (event.key === "Escape") {
      this.close();
    } else if (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey && !this.complete)) {
      this.choose(this.matching[this.selected]);
    } else {
      return false;
    }
    return true;
  }

  get complete() {
    return this.draft.value === `/${this.matching[this.selected]?.name}`;
  }

  close() {
    this.matching = [];
    this.draw();
  }

  choose(command) {
    this.draft.value = `/${command.name}${command.argument ? " " : ""}`;
    this.close();
    this.chosen();
  }

  draw() {
    this.list.hidden = this.matching.length === 0;
    this.list.replaceChildren(...this.matching.map((command, place) => this.line(command, place)));
    const current = this.list.children[this.selected];
    current?.scrollIntoView({ block: "nearest" });
    this.draft.setAttribute("aria-activedescendant", current?.id ?? "");
  }

  line(command, place) {
    const words = element("span", { textContent: command.description });
    const line = element("li", { id: `command-${place}` }, element("b", { textContent: `/${command.name}` }), words);
    line.setAttribute("role", "option");
    line.setAttribute("aria-selected", String(place === this.selected));
    line.addEventListener("mousedown", (event) => event.preventDefault());
    line.addEventListener("click", () => this.choose(command));
    return line;
  }
}
