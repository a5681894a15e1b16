// An answer or a notice, as an element that can grow. Its HTML was drawn and made safe by the server.
import { copy } from "./clipboard.js";
import { element, icon, size } from "./dom.js";

export class Answer {
  constructor(role) {
    this.text = "";
    this.streamed = false;
    this.words = element("div", { className: "words" });
    this.under = element("div", { className: "under" });
    const mark = element("img", { className: "mark", src: "/static/favicon.svg", alt: "" });
    this.files = element("div", { className: "enclosed" });
    const column = element("div", {}, this.words, this.files, this.under);
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
    this.enclose(message.enclosed ?? []);
    this.finish(message.stopped);
  }

  // The files of the answer: a picture is shown, anything else is a link that saves it.
  enclose(files) {
    const urls = files.map((file) => file.url).join();
    if (urls === (this.enclosedUrls ?? "")) return;
    this.enclosedUrls = urls;
    this.files.replaceChildren(...files.map(enclosed));
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

function enclosed(file) {
  const link = element("a", { href: file.url, download: file.name });
  if (file.picture) {
    link.append(element("img", { src: file.url, alt: file.alt || file.name, loading: "lazy" }));
    return link;
  }
  const words = element("span", { className: "name" }, file.name);
  words.append(element("small", { textContent: size(file.size) }));
  link.append(icon("file"), words);
  return link;
}
