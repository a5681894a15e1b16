// An answer or a notice, as an element that can grow. Its HTML was drawn and made safe by the server.
import { copy } from "./clipboard.js";
import { element } from "./dom.js";

export class Answer {
  constructor(role) {
    this.text = "";
    this.streamed = false;
    this.words = element("div", { className: "words" });
    this.under = element("div", { className: "under" });
    const mark = element("img", { className: "mark", src: "/static/favicon.svg", alt: "" });
    const column = element("div", {}, this.words, this.under);
    this.article = element("article", { className: `message ${role}` }, mark, column);
    this.article.setAttribute("aria-label", role === "notice" ? "Notice" : "Tampu");
    this.words.addEventListener("click", (event) => this.clicked(event));
  }

  get length() {
    return this.words.childElementCount;
  }

  // From block `start` on, the answer reads `blocks`; what stands before is not touched.
  grow(start, blocks) {
    this.streamed = true;
    this.article.setAttribute("aria-busy", "true");
    this.put(start, blocks);
  }

  // message: as the server gives it. While it streams, the stream knows better.
  show(message) {
    this.text = message.text;
    this.article.className = `message ${message.role}`;
    if (message.live) {
      if (!this.streamed) this.put(0, message.blocks);
      return;
    }
    this.streamed = false;
    this.article.removeAttribute("aria-busy");
    const same = this.same(message.blocks);
    this.put(same, message.blocks.slice(same));
    this.finish(message.stopped);
  }

  same(blocks) {
    const shown = Array.from(this.words.children, (block) => block.drawn);
    const differs = blocks.findIndex((block, place) => block !== shown[place]);
    return differs < 0 ? blocks.length : differs;
  }

  put(start, blocks) {
    while (this.length > start) this.words.lastElementChild.remove();
    for (const drawn of blocks) {
      this.words.append(element("div", { className: "block", innerHTML: drawn, drawn }));
    }
  }

  finish(stopped) {
    this.under.replaceChildren();
    if (stopped) this.under.append(element("span", { className: "tag", textContent: "Stopped" }));
    if (this.length === 0) return;
    const button = element("button", { type: "button", className: "copy", textContent: "Copy" });
    button.setAttribute("aria-label", "Copy the answer");
    button.addEventListener("click", () => copy(button, this.text));
    if (stopped) this.under.append(button);
    else this.under.prepend(button);
  }

  clicked(event) {
    const button = event.target.closest(".copy");
    if (button) copy(button, button.closest(".code").querySelector("code").textContent);
  }
}
