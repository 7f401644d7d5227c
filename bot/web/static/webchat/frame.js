// The visitor's window. Whatever comes in is text and stays text; nobody but Aplomb is spoken to; there are no cookies.
"use strict";
(() => {
  const WORDS = {
    fr: {
      disclosure: "Un assistant automatique vous répond ; une personne de l’équipe peut prendre le relais.",
      text: "Votre message", send: "Envoyer", close: "Fermer", log: "Messages",
      visitor: "Vous", bot: "Assistant", person: "Une personne de l’équipe",
      typing: "Une réponse s’écrit", seen: "Lu", lost: "Non envoyé.", again: "Réessayer",
      slow: "Un instant, cela fait beaucoup de messages.", away: "Connexion perdue, nouvel essai",
      erase: "Effacer mes données", sure: "Oui, tout effacer", no: "Non", erased: "Vos messages sont effacés.", kept: "Rien n’a pu être effacé, réessayez.",
    },
    en: {
      disclosure: "An automated assistant answers you; a person of the team may take over.",
      text: "Your message", send: "Send", close: "Close", log: "Messages",
      visitor: "You", bot: "Assistant", person: "A person of the team",
      typing: "An answer is being written", seen: "Read", lost: "Not sent.", again: "Try again",
      slow: "One moment, these are many messages.", away: "Connection lost, trying again",
      erase: "Erase my data", sure: "Yes, erase everything", no: "No", erased: "Your messages are erased.", kept: "Nothing could be erased, try again.",
    },
  };
  const lang = new URLSearchParams(location.search).get("lang") === "fr" ? "fr" : "en";
  const say = WORDS[lang];
  const base = location.pathname.replace(/\/frame$/, "");
  const endpoint = base.split("/").pop();
  const KEPT = `aplomb:${endpoint}`;
  const HEADER = "x-aplomb-visitor";
  const at = (id) => document.getElementById(id);
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const shown = new Map(); // by id: the entry in the log
  let session = recall();
  let last = "";
  let listening = null;
  let beginning = null;
  let isOpen = true;
  let unread = "";
  let statusTimer = 0;

  document.documentElement.lang = lang;
  at("disclosure").textContent = say.disclosure;
  at("send").textContent = say.send;
  at("close").setAttribute("aria-label", say.close);
  at("log").setAttribute("aria-label", say.log);
  document.querySelector("label[for=text]").textContent = say.text;
  at("text").placeholder = say.text;
  at("erase").textContent = say.erase;
  at("yes").textContent = say.sure;
  at("no").textContent = say.no;

  function recall() {
    try { return JSON.parse(localStorage.getItem(KEPT)); } catch { return null; } // a browser may forbid storage in frames
  }

  function remember(found) {
    session = found;
    at("erase").hidden = !found;
    try { found ? localStorage.setItem(KEPT, JSON.stringify(found)) : localStorage.removeItem(KEPT); } catch { /* for this visit only */ }
  }

  function status(text, typing = false, forMs = 0) {
    clearTimeout(statusTimer);
    at("status").textContent = text;
    at("status").className = typing ? "typing" : "";
    if (forMs) statusTimer = setTimeout(() => status(""), forMs);
  }

  function newId() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  // the log

  function put(letter) {
    if (shown.has(letter.id)) return shown.get(letter.id);
    const entry = document.createElement("li");
    const by = document.createElement("span");
    const words = document.createElement("p");
    entry.className = letter.by;
    entry.dataset.test = `said-${letter.by}`;
    by.className = "by";
    by.textContent = say[letter.by] || say.bot;
    words.textContent = letter.text;
    entry.append(by, words);
    at("log").append(entry);
    at("log").scrollTop = at("log").scrollHeight;
    shown.set(letter.id, entry);
    offer(letter.choices || []);
    return entry;
  }

  function offer(choices) {
    at("choices").replaceChildren(...choices.map((choice) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = choice;
      button.addEventListener("click", () => { write(choice); at("text").focus(); });
      return button;
    }));
  }

  // to Aplomb

  async function begin() {
    const answer = await fetch(`${base}/session`, {method: "POST"});
    if (answer.ok) remember(await answer.json());
    listen();
    return answer.status;
  }

  async function post(item) {
    if (!session) {
      beginning ||= begin().finally(() => { beginning = null; }); // two quick messages are one visitor's
      const began = await beginning;
      if (!session) return began;
    }
    const headers = {"content-type": "application/json", [HEADER]: session.token};
    const body = JSON.stringify({...item, visitor: session.visitor});
    return (await fetch(`/webhooks/webchat/${endpoint}`, {method: "POST", headers, body})).status;
  }

  async function deliver(item) { // the same id each time: what arrived counts once
    for (const wait of [0, 1000, 3000, 8000]) {
      await pause(wait);
      try {
        const got = await post(item);
        if (got === 401 && session) { remember(null); continue; }
        if (got === 200) return true;
        if (got === 429) status(say.slow, false, 8000);
        if (got !== 429 && got < 500) return false;
      } catch { status(say.away, false, 8000); }
    }
    return false;
  }

  async function write(text, id = newId()) {
    const entry = put({id, by: "visitor", text});
    entry.classList.remove("lost");
    entry.querySelectorAll(".again").forEach((button) => button.remove());
    if (await deliver({type: "message.received", id, text})) return;
    status(say.lost);
    const again = document.createElement("button");
    again.type = "button";
    again.className = "again";
    again.textContent = `${say.lost} ${say.again}`;
    again.addEventListener("click", () => { write(text, id); at("text").focus(); });
    entry.classList.add("lost");
    entry.append(again);
  }

  function tellRead() {
    if (!unread || !isOpen || document.hidden || !session) return;
    deliver({type: "read", id: unread});
    unread = "";
  }

  // from Aplomb

  function heard(name, id, data) {
    if (name === "words") {
      const letter = JSON.parse(data);
      const isNew = !shown.has(letter.id);
      last = id;
      put(letter);
      if (!isNew || letter.by === "visitor") return;
      status("");
      unread = letter.id;
      if (!isOpen && at("log").dataset.filled) parent.postMessage({aplomb: "unread"}, "*");
      tellRead();
    } else if (name === "typing") status(say.typing, true, 30000);
    else if (name === "seen") status(say.seen, false, 10000);
    else if (name === "gone") forget();
  }

  async function listen() {
    if (!session || listening) return;
    const mine = listening = new AbortController();
    for (let wait = 1000; session && mine === listening; wait = Math.min(wait * 2, 30000)) {
      try {
        const answer = await fetch(`${base}/stream`, {headers: {[HEADER]: session.token, "last-event-id": last}, signal: mine.signal});
        if (answer.status === 401) { remember(null); break; }
        if (answer.ok) { wait = 1000; await follow(answer.body.getReader()); }
      } catch { if (mine.signal.aborted) break; }
      await pause(wait);
    }
    if (mine === listening) listening = null;
  }

  async function follow(reader) {
    const decoder = new TextDecoder();
    for (let kept = "", part = await reader.read(); !part.done; part = await reader.read()) {
      const blocks = (kept + decoder.decode(part.value, {stream: true})).split("\n\n");
      kept = blocks.pop();
      for (const block of blocks) {
        const fields = Object.fromEntries(block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trimStart()]));
        if (fields.event) heard(fields.event, fields.id, fields.data);
      }
      filled();
    }
  }

  function filled() { // what was said before is not read out again
    at("log").dataset.filled = "yes";
    at("log").setAttribute("aria-live", "polite");
  }

  // what the visitor does

  function forget() {
    if (listening) listening.abort();
    listening = null;
    remember(null);
    [last, unread] = ["", ""];
    shown.clear();
    at("log").replaceChildren();
    offer([]);
    status(say.erased);
  }

  function ask(sure) {
    at("sure").hidden = !sure;
    at("erase").hidden = sure || !session;
    (sure ? at("no") : at("text")).focus();
  }

  at("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = at("text").value.trim();
    at("text").value = "";
    if (text) write(text);
    at("text").focus();
  });
  at("text").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    at("form").requestSubmit();
  });
  at("erase").addEventListener("click", () => ask(true));
  at("no").addEventListener("click", () => ask(false));
  at("yes").addEventListener("click", async () => {
    const done = await deliver({type: "erasure.requested", id: newId()});
    if (done) forget(); else status(say.kept);
    ask(false);
  });
  at("close").addEventListener("click", () => parent.postMessage({aplomb: "close"}, "*"));
  addEventListener("keydown", (event) => { if (event.key === "Escape") parent.postMessage({aplomb: "close"}, "*"); });
  document.addEventListener("visibilitychange", tellRead);
  addEventListener("message", (event) => {
    if (event.source !== parent || !event.data) return;
    isOpen = event.data.aplomb === "opened";
    if (isOpen) { at("text").focus(); tellRead(); }
  });

  at("erase").hidden = !session;
  if (!session) filled();
  listen();
})();
