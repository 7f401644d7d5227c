// Puts a button on the page, and behind it a frame of Aplomb's. The page's own scripts and styles can't reach inside.
// <script src="https://<aplomb>/webchat/<endpoint>/widget.js" data-lang="fr" async></script>
"use strict";
(() => {
  const script = document.currentScript;
  const base = script.src.replace(/\/widget\.js.*$/, "");
  const lang = (script.dataset.lang || document.documentElement.lang || navigator.language).slice(0, 2).toLowerCase() === "fr" ? "fr" : "en";
  const WORDS = {
    fr: {open: "Écrivez-nous", close: "Fermer la discussion", unread: (n) => `Écrivez-nous, ${n} nouveau${n > 1 ? "x" : ""} message${n > 1 ? "s" : ""}`, title: "Discussion"},
    en: {open: "Write to us", close: "Close the chat", unread: (n) => `Write to us, ${n} new message${n > 1 ? "s" : ""}`, title: "Chat"},
  }[lang];
  const INK = "#0f5a66";
  const style = (element, values) => Object.entries(values).forEach(([name, value]) => element.style.setProperty(name, value, "important"));

  const root = document.createElement("div");
  const button = document.createElement("button");
  const frame = document.createElement("iframe");
  const count = document.createElement("span");
  let unread = 0;
  let loaded = false;

  style(root, {all: "initial", position: "fixed", right: "16px", bottom: "16px", "z-index": "2147483000"});
  style(button, {all: "initial", display: "flex", "align-items": "center", gap: "8px", "box-sizing": "border-box", "min-height": "48px", padding: "0 20px", cursor: "pointer",
    "border-radius": "24px", background: INK, color: "#fff", border: "2px solid #fff", "box-shadow": "0 2px 10px rgb(0 0 0 / 30%)", font: "600 16px/1.2 system-ui, sans-serif"});
  style(count, {all: "initial", display: "none", padding: "2px 8px", "border-radius": "10px", background: "#fff", color: INK, font: "700 13px/1.4 system-ui, sans-serif"});
  style(frame, {all: "initial", display: "none", position: "fixed", right: "16px", bottom: "76px", width: "min(380px, calc(100vw - 32px))",
    height: "min(600px, calc(100vh - 92px))", border: "1px solid #c3cac8", "border-radius": "12px", background: "#fff", "box-shadow": "0 6px 24px rgb(0 0 0 / 25%)"});

  const label = document.createElement("span");
  style(label, {all: "initial", color: "inherit", font: "inherit", cursor: "pointer"});
  button.type = "button";
  button.append(label, count);
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("focus", () => style(button, {outline: button.matches(":focus-visible") ? `3px solid ${INK}` : "none", "outline-offset": "2px"}));
  button.addEventListener("blur", () => style(button, {outline: "none"}));
  frame.title = WORDS.title;
  frame.setAttribute("referrerpolicy", "no-referrer");

  const isOpen = () => button.getAttribute("aria-expanded") === "true";
  const tell = () => loaded && frame.contentWindow.postMessage({aplomb: isOpen() ? "opened" : "closed"}, new URL(base).origin);

  function show() {
    label.textContent = isOpen() ? WORDS.close : WORDS.open;
    count.textContent = String(unread);
    style(count, {display: unread ? "inline-block" : "none"});
    button.setAttribute("aria-label", isOpen() ? WORDS.close : unread ? WORDS.unread(unread) : WORDS.open);
  }

  function turn(open) {
    if (open && !frame.src) {
      frame.addEventListener("load", () => { loaded = true; tell(); }, {once: true});
      frame.src = `${base}/frame?lang=${lang}`;
    }
    button.setAttribute("aria-expanded", String(open));
    style(frame, {display: open ? "block" : "none"});
    if (open) unread = 0;
    tell();
    show();
  }

  button.addEventListener("click", () => turn(!isOpen()));
  addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow || event.origin !== new URL(base).origin || !event.data) return;
    if (event.data.aplomb === "close") {
      turn(false);
      button.focus();
    } else if (event.data.aplomb === "unread" && !isOpen()) {
      unread += 1;
      show();
    }
  });
  show();
  root.append(frame, button);
  const mount = () => document.body.append(root);
  if (document.body) mount(); else addEventListener("DOMContentLoaded", mount);
})();
