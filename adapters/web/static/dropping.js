// Files dropped anywhere on the page.
import { byId } from "./dom.js";

const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");

export function acceptDrops(attach) {
  const zone = byId("dropzone");
  let inside = 0;
  const show = () => (zone.hidden = inside <= 0);
  window.addEventListener("dragenter", (event) => {
    if (!hasFiles(event)) return;
    inside += 1;
    show();
  });
  window.addEventListener("dragleave", (event) => {
    if (!hasFiles(event)) return;
    inside -= 1;
    show();
  });
  window.addEventListener("dragover", (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
  window.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    inside = 0;
    show();
    attach([...event.dataTransfer.files]);
  });
}
