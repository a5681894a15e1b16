// A message of the person, as an element.
import { element, icon } from "./dom.js";

// Pictures are shown as long as the page lives; after a reload their names are.
const pictures = new Map();

export function rememberPictures(id, attachments) {
  pictures.set(id, attachments);
}

export function question(message) {
  const article = element("article", { className: "message user" });
  article.setAttribute("aria-label", "You");
  const files = message.files.map((file, place) => shownFile(message.id, nameOf(file), place));
  if (files.length > 0) article.append(element("ul", { className: "sent-files" }, ...files));
  if (message.text) article.append(element("div", { className: "bubble", textContent: message.text }));
  return article;
}

const nameOf = (file) => (typeof file === "string" ? file : file.name);

function shownFile(id, name, place) {
  const url = pictures.get(id)?.[place]?.url;
  if (url) return element("li", {}, element("img", { src: url, alt: name }));
  return element("li", { className: "file" }, icon("file"), name);
}

// What became of a message that is not stored yet. actions: retry, edit.
export function showFate(article, message, actions) {
  article.querySelector(".fate")?.remove();
  if (!message.why) return;
  const failed = message.fate === "failed";
  const line = element("div", { className: failed ? "fate bad" : "fate" }, message.why);
  line.setAttribute("role", "status");
  if (failed) {
    line.append(
      element("button", { type: "button", textContent: "Try again", onclick: actions.retry }),
      element("button", { type: "button", textContent: "Edit", onclick: actions.edit }),
    );
  }
  article.append(line);
}
