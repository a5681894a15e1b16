// What to do with pictures: one choice of a few, offered while there are pictures to send.
import { byId, element } from "./dom.js";

export class Presets {
  constructor() {
    this.box = byId("presets");
    this.list = byId("preset-list");
    this.schema = byId("schema");
    this.known = [];
    this.pictures = 0;
    this.list.addEventListener("change", () => this.refresh());
  }

  // The first is what is meant when nothing is chosen: the person's own words.
  offer(known) {
    this.known = known;
    this.list.replaceChildren(...known.map((preset) => this.choice(preset)));
    this.choose("");
  }

  get chosen() {
    const name = this.list.querySelector("input:checked")?.value;
    return this.box.hidden ? undefined : this.known.find((each) => each.name === name);
  }

  // What is sent along with the words: nothing for one's own words.
  get sending() {
    const preset = this.chosen;
    if (preset === undefined || preset === this.known[0]) return { preset: "", schema: "" };
    return { preset: preset.name, schema: this.schema.hidden ? "" : this.schema.value.trim() };
  }

  // How the question reads with the words; the server words it the same.
  worded(words) {
    const { preset } = this.sending;
    const label = this.known.find((each) => each.name === preset)?.label;
    if (!label) return words;
    return words ? `${label}: ${words}` : label;
  }

  // A sentence about what is wrong, empty for nothing.
  get complaint() {
    const { schema } = this.sending;
    if (!schema) return "";
    try {
      const value = JSON.parse(schema);
      if (value !== null && typeof value === "object" && !Array.isArray(value)) return "";
    } catch {
      return "The schema is not valid JSON. Look for a missing quote, comma or bracket, or leave it empty.";
    }
    return "The schema has to be a JSON object: it begins with { and ends with }.";
  }

  choose(name, schema = "") {
    const inputs = [...this.list.querySelectorAll("input")];
    const input = inputs.find((each) => each.value === name) ?? inputs[0];
    if (input) input.checked = true;
    this.schema.value = schema;
    this.refresh();
  }

  show(pictures) {
    this.pictures = pictures;
    if (pictures === 0 && !this.box.hidden) this.choose("");
    this.refresh();
  }

  refresh() {
    this.box.hidden = this.pictures === 0 || this.known.length === 0;
    for (const input of this.list.querySelectorAll("input")) {
      const preset = this.known.find((each) => each.name === input.value);
      input.disabled = this.pictures > 0 && this.pictures < preset.least;
      input.parentElement.title = input.disabled ? `Attach ${preset.least} pictures for this` : "";
      if (input.disabled && input.checked) this.choose("");
    }
    this.schema.hidden = this.chosen?.name !== "json";
  }

  choice(preset) {
    const input = element("input", { type: "radio", name: "preset", value: preset.name });
    return element("label", {}, input, element("span", { textContent: preset.label }));
  }
}
