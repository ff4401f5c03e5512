// What a page does beside being read: print, copy the note, take a dropped file. It keeps nothing.
"use strict";

document.documentElement.classList.add("scripted");

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.print !== undefined) window.print();
  if (button.dataset.copy) copy(document.getElementById(button.dataset.copy));
});

async function copy(from) {
  try {
    await navigator.clipboard.writeText(from.value);
    say("The note is copied.");
  } catch {
    const holder = from.closest("details");
    if (holder) holder.open = true;
    from.select();
    say("The note is selected: press Ctrl+C to copy it.");
  }
}

function say(text) {
  const status = document.getElementById("said");
  if (status) {
    status.textContent = text;
    status.classList.remove("hidden");
  }
}

for (const box of document.querySelectorAll("[data-drop]")) {
  box.addEventListener("dragover", (event) => {
    event.preventDefault();
    box.classList.add("over");
  });
  box.addEventListener("dragleave", () => box.classList.remove("over"));
  box.addEventListener("drop", async (event) => {
    const file = event.dataTransfer.files[0];
    box.classList.remove("over");
    if (!file) return;
    event.preventDefault();
    box.value = await file.text();
  });
}
