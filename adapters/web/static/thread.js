// The messages on screen, kept in step with what the server says.
import { Answer } from "./answer.js";
import { element } from "./dom.js";
import { question, showFate } from "./question.js";

const NEAR = 80;

export class Thread {
  constructor(scroller, list, newest) {
    this.scroller = scroller;
    this.list = list;
    this.newest = newest;
    this.articles = new Map();
    this.answers = new Map();
    this.pinned = true;
    this.top = 0;
    const dots = element("div", { className: "dots" }, element("i"), element("i"), element("i"));
    const mark = element("img", { className: "mark", src: "/static/favicon.svg", alt: "" });
    this.dots = element("div", { className: "assistant typing" }, mark, dots);
    this.dots.setAttribute("aria-hidden", "true");
    scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
    newest.addEventListener("click", () => this.toNewest());
    new ResizeObserver(() => this.follow()).observe(list);
    new ResizeObserver(() => this.follow()).observe(scroller);
  }

  get empty() {
    return this.articles.size === 0;
  }

  clear() {
    this.articles.clear();
    this.answers.clear();
    this.list.replaceChildren();
    this.toNewest();
  }

  // stored: the server's messages in order; pending: ours that it does not have yet. An answer that
  // streams may be younger than what is stored: only `settled`, which nothing grows beside, ends it.
  show(stored, pending, actions, settled) {
    const shown = new Set([...stored, ...pending].map((message) => message.id));
    for (const [id, article] of this.articles) {
      const grows = this.answers.get(id)?.streamed && !settled;
      if (!shown.has(id) && !grows) this.forget(id, article);
    }
    stored.forEach((message, place) => this.place(this.stored(message), place));
    for (const message of pending) this.pending(message, actions);
  }

  pending(message, actions) {
    const article = this.articles.get(message.id) ?? this.add(message.id, question(message));
    showFate(article, message, actions(message));
  }

  // Returns whether it fits what is on screen; if not, the stream has to begin again.
  live({ turn, start, blocks }) {
    const answer = this.answer(turn, "assistant");
    if (answer.done) return true;
    if (start > answer.length) return false;
    answer.grow(start, blocks);
    this.refreshDots();
    return true;
  }

  setAnswering(answering) {
    this.answering = answering;
    this.refreshDots();
  }

  // Dots until the first words: at the end, unless an answer already grows there.
  refreshDots() {
    const last = [...this.list.querySelectorAll(":scope > article")].at(-1);
    const waits = this.answering && (last === undefined || last.classList.contains("user"));
    if (waits) this.list.append(this.dots);
    else this.dots.remove();
  }

  toNewest() {
    this.pinned = true;
    this.follow();
  }

  stored(message) {
    if (message.role === "user") {
      const article = this.articles.get(message.id) ?? this.add(message.id, question(message));
      article.querySelector(".fate")?.remove();
      return article;
    }
    const answer = this.answer(message.id, message.role);
    answer.show(message);
    answer.done = !message.live;
    return answer.article;
  }

  answer(turn, role) {
    let answer = this.answers.get(turn);
    if (answer === undefined) {
      answer = new Answer(role);
      this.answers.set(turn, answer);
      this.add(turn, answer.article);
    }
    return answer;
  }

  add(id, article) {
    article.dataset.id = id;
    this.articles.set(id, article);
    this.list.append(article);
    return article;
  }

  place(article, place) {
    const there = this.list.children[place];
    if (there !== article) this.list.insertBefore(article, there ?? null);
  }

  forget(id, article) {
    article.remove();
    this.articles.delete(id);
    this.answers.delete(id);
  }

  // A scroll event may come after the list has grown again: only going up lets go of the end.
  scrolled() {
    const top = this.scroller.scrollTop;
    const below = this.scroller.scrollHeight - top - this.scroller.clientHeight;
    if (below < NEAR) this.pinned = true;
    else if (top < this.top) this.pinned = false;
    this.top = top;
    this.newest.hidden = this.pinned;
  }

  follow() {
    if (this.pinned) this.scroller.scrollTop = this.scroller.scrollHeight;
    this.newest.hidden = this.pinned;
  }
}
