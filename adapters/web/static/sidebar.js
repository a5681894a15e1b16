// The list of conversations: beside the page, or a drawer where it is narrow.
import { byId, element } from "./dom.js";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export class Sidebar {
  constructor() {
    this.panel = byId("sidebar");
    this.list = byId("conversations");
    this.opener = byId("sidebar-open");
    this.scrim = byId("scrim");
    // Not known yet: an empty list would say that there are none.
    this.rows = null;
    this.current = null;
    this.opener.addEventListener("click", () => this.open(true));
    byId("sidebar-close").addEventListener("click", () => this.open(false));
    this.scrim.addEventListener("click", () => this.open(false));
    this.list.addEventListener("click", () => this.open(false));
    window.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.panel.classList.contains("open")) this.open(false);
    });
    setInterval(() => this.draw(), MINUTE * 1_000);
  }

  show(rows, current) {
    this.rows = rows;
    this.current = current;
    this.draw();
  }

  titleOf(id) {
    return this.rows?.find((row) => row.id === id)?.title;
  }

  open(open) {
    if (open === this.panel.classList.contains("open")) return;
    this.panel.classList.toggle("open", open);
    this.scrim.hidden = !open;
    this.opener.setAttribute("aria-expanded", String(open));
    (open ? byId("sidebar-close") : this.opener).focus();
  }

  draw() {
    if (this.rows === null) return;
    const now = Date.now() / 1_000;
    this.list.replaceChildren(...this.rows.map((row) => this.line(row, now)));
    byId("no-conversations").hidden = this.rows.length > 0;
  }

  line(row, now) {
    const moment = new Date(row.updated_at * 1_000);
    const time = element("time", { dateTime: moment.toISOString(), textContent: when(row.updated_at, now) });
    time.title = moment.toLocaleString();
    const title = element("span", { className: "title", textContent: row.title, title: row.title });
    const link = element("a", { href: `#${row.id}` }, title, time);
    if (row.id === this.current) link.setAttribute("aria-current", "page");
    return element("li", {}, link);
  }
}

function when(moment, now) {
  const ago = now - moment;
  if (ago < MINUTE) return "now";
  if (ago < HOUR) return `${Math.floor(ago / MINUTE)} min`;
  if (ago < DAY) return `${Math.floor(ago / HOUR)} h`;
  return new Date(moment * 1_000).toLocaleDateString(undefined, { day: "numeric", month: "short" });
}
