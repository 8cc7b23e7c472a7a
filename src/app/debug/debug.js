// Buttons to copy what is shown, and one that unfolds every frame. Without this script
// the page says the same, and frames fold by themselves.
"use strict";

const said = document.querySelector(".said");

function say(text) {
  said.textContent = text;
}

// Where there is no clipboard (a page that is neither https nor local), the old way.
function copySelected(text) {
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "off";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done ? Promise.resolve() : Promise.reject(new Error("refused"));
}

function copy(text) {
  return navigator.clipboard && window.isSecureContext
    ? navigator.clipboard.writeText(text).catch(() => copySelected(text))
    : copySelected(text);
}

function button(text, label) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  if (label) made.setAttribute("aria-label", label);
  return made;
}

function addCopy(element) {
  const what = element.dataset.copy;
  const made = button("Copy", `Copy: ${what}`);
  made.className = "copy";
  made.addEventListener("click", () => {
    copy(element.textContent).then(
      () => {
        made.dataset.done = "";
        say(`Copied: ${what}.`);
        setTimeout(() => delete made.dataset.done, 1500);
      },
      () => say(`Not copied: ${what}.`),
    );
  });
  const pre = element.closest("pre");
  if (pre) pre.before(made);
  else element.after(made);
}

function addUnfold(list) {
  const frames = [...list.querySelectorAll("details")];
  const made = button("Unfold all frames");
  const show = () => {
    const all = frames.every((frame) => frame.open);
    made.textContent = all ? "Fold all frames" : "Unfold all frames";
    made.setAttribute("aria-expanded", String(all));
  };
  made.className = "unfold";
  made.setAttribute("aria-controls", list.id);
  made.addEventListener("click", () => {
    const open = !frames.every((frame) => frame.open);
    for (const frame of frames) frame.open = open;
  });
  for (const frame of frames) frame.addEventListener("toggle", show);
  show();
  list.before(made);
}

document.querySelectorAll("[data-copy]").forEach(addCopy);
document.querySelectorAll("#frames").forEach(addUnfold);
