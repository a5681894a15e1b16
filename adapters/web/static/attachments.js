// Files chosen for the next message, shown as chips. The limits are the server's own.
import { element, icon, size } from "./dom.js";

const MOST = 8;
const LARGEST = 20 * 2 ** 20;
const LARGEST_TOGETHER = 40 * 2 ** 20;

export class Attachments {
  constructor(list, changed) {
    this.list = list;
    this.changed = changed;
    this.chosen = [];
  }

  get files() {
    return this.chosen.map((each) => each.file);
  }

  get pictures() {
    return this.chosen.filter((each) => each.url).length;
  }

  // Returns a sentence when something could not be added, else an empty text.
  add(files) {
    const refusals = [];
    for (const file of files) {
      const why = this.refusal(file);
      if (why) refusals.push(why);
      else this.chosen.push({ file, url: file.type.startsWith("image/") ? URL.createObjectURL(file) : null });
    }
    this.draw();
    return refusals[0] ?? "";
  }

  // Hands over what was chosen; the addresses of pictures stay valid.
  take() {
    const taken = this.chosen;
    this.chosen = [];
    this.draw();
    return taken;
  }

  refusal(file) {
    if (this.chosen.length >= MOST) return `At most ${MOST} files go with one message.`;
    if (file.size > LARGEST) return `${file.name} is larger than 20 MB, the most for one file.`;
    const together = this.chosen.reduce((sum, each) => sum + each.file.size, file.size);
    return together > LARGEST_TOGETHER ? "The files are larger than 40 MB together. Send fewer at once." : "";
  }

  remove(each) {
    if (each.url) URL.revokeObjectURL(each.url);
    this.chosen = this.chosen.filter((other) => other !== each);
    this.draw();
  }

  draw() {
    this.list.replaceChildren(...this.chosen.map((each) => this.chip(each)));
    this.list.hidden = this.chosen.length === 0;
    this.changed();
  }

  chip(each) {
    const { file, url } = each;
    const words = element("span", { className: "name", title: file.name }, file.name);
    words.append(element("small", { textContent: size(file.size) }));
    const button = element("button", { type: "button", onclick: () => this.remove(each) }, icon("remove"));
    button.setAttribute("aria-label", `Remove ${file.name}`);
    const face = url ? element("img", { src: url, alt: "" }) : icon("file");
    return element("li", { className: url ? "chip picture" : "chip" }, face, words, button);
  }
}
