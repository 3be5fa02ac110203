/* The desk's own script: live rows, the alarm's sound, keys. Hand-written because htmx would bring 50 KB and its own
   idea of swapping, while rows must stay where the thumb is. Without it every page and form still works. */
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const page = document.body;
  const listing = $("#listing");
  const ticket = $("#ticket");

  /* --- asking the server: a session that has ended answers 401, and we say so */

  async function ask(address) {
    const answer = await fetch(address, { headers: { "HX-Request": "true" }, credentials: "same-origin", cache: "no-store" });
    if (answer.status === 401) {
      farewell();
      throw new Error("logged out");
    }
    return { status: answer.status, page: new DOMParser().parseFromString(await answer.text(), "text/html") };
  }

  function swap(id, from) {
    const fresh = from.getElementById(id);
    const old = document.getElementById(id);
    if (fresh && old) old.replaceWith(document.adoptNode(fresh));
    return document.getElementById(id);
  }

  /* --- the list */

  const RANKS = { P0: 0, P1: 1, P2: 2, P3: 3 };
  const waiting = new Set();
  let busy = false;

  async function reread() {
    const focused = document.activeElement && document.activeElement.closest(".ticket");
    const known = new Set($$(".ticket").map((row) => row.dataset.id));
    const from = (await ask(listing ? listing.dataset.here : location.href)).page;
    swap("tabs", from);
    swap("visits", from);
    swap("alarm", from);
    swap("rows", from);
    swap("fleet", from);
    if (known.size) $$(".ticket").forEach((row) => known.has(row.dataset.id) || greet(row));
    if (focused) focus(document.getElementById(focused.id));
    const anew = from.getElementById("listing");
    if (anew) listing.dataset.now = Number(anew.dataset.now) - performance.now();
    const there = from.getElementById("ticket");
    if (ticket && (!there || there.dataset.version !== ticket.dataset.version)) overtaken();
    count();
    if (source && source.readyState === EventSource.OPEN) say("实时", false);
  }

  async function refresh(id) {
    const query = listing.dataset.query;
    const answer = await ask(`/desk/rows/${id}?${query}`);
    const old = document.getElementById(`t${id}`);
    if (answer.status === 404) {
      if (old) old.classList.add("is-moved");
      return;
    }
    if (answer.status !== 200) throw new Error(`answered ${answer.status}`);
    const row = document.adoptNode($(".ticket", answer.page));
    const wasAlarm = old && old.dataset.alarm === "1";
    swap("tabs", answer.page);
    swap("alarm", answer.page);
    const held = old && old.contains(document.activeElement);
    if (listing.dataset.chosen === String(id)) row.classList.add("is-chosen");
    if (old && (row.dataset.fits === "0" || old.dataset.pinned === row.dataset.pinned)) {
      old.replaceWith(row); // it stays where it is, so that nothing moves under a thumb
    } else if (row.dataset.fits === "1") {
      if (old) old.remove();
      place(row);
    }
    if (row.isConnected && !old) greet(row);
    if (held) focus(row);
    if (row.dataset.alarm === "1" && !wasAlarm) ring(row.dataset.level);
    count();
  }

  function place(row) {
    const pinned = row.dataset.pinned === "1";
    if (listing.dataset.first !== "1") return; // a later page shows what it showed; the alarm above counts
    const byLevel = pinned || listing.dataset.order === "urgent";
    const before = (one, other) =>
      byLevel && one.dataset.level !== other.dataset.level
        ? RANKS[one.dataset.level] < RANKS[other.dataset.level]
        : Number(one.dataset.id) > Number(other.dataset.id);
    const list = $(pinned ? "#urgent" : "#rest");
    list.insertBefore(row, [...list.children].find((other) => before(row, other)) || null);
  }

  function greet(row) {
    if (!row) return;
    row.classList.add("is-new");
    setTimeout(() => row.classList.remove("is-new"), 12000);
  }

  function count() {
    const none = $("#none");
    if (none) none.hidden = $$(".ticket").length > 0;
    const alarm = $("#alarm");
    const urgent = alarm ? Number(alarm.dataset.waiting) : 0;
    document.title = (urgent ? `(${urgent}) ` : "") + document.title.replace(/^\(\d+\) /, "");
    tick();
  }

  function tick() {
    const root = $("[data-now]");
    if (!root) return;
    const passed = performance.now();
    $$("time[data-at]").forEach((time) => {
      time.textContent = lasted(Number(root.dataset.now) + passed - Number(time.dataset.at));
    });
  }

  function lasted(milliseconds) {
    const minutes = Math.floor(Math.max(0, milliseconds) / 60000);
    if (minutes < 1) return "刚刚";
    if (minutes < 60) return `${minutes} 分钟`;
    if (minutes < 1440) return `${Math.floor(minutes / 60)} 小时${minutes % 60 ? ` ${minutes % 60} 分` : ""}`;
    return `${Math.floor(minutes / 1440)} 天`;
  }

  function overtaken() {
    const note = $("#overtaken");
    if (note) note.hidden = false;
  }

  async function work() {
    if (busy) return;
    busy = true;
    try {
      while (waiting.size) {
        const ids = [...waiting];
        waiting.clear();
        if (!listing || ids.includes("all") || ids.length > 5) await reread();
        else for (const id of ids) await refresh(id);
      }
    } catch (error) {
      setTimeout(() => want("all"), 5000); // the line is down or the server restarts: later, and everything
    } finally {
      busy = false;
    }
  }

  function want(id) {
    if (gone) return;
    waiting.add(id);
    setTimeout(work, 120);
  }

  /* --- the live line */

  let source = null;
  let gone = false;
  const sign = $("#live");

  function say(text, off) {
    if (!sign) return;
    sign.hidden = false;
    sign.textContent = text;
    sign.classList.toggle("is-off", off);
  }

  function connect() {
    if (gone || (source && source.readyState !== EventSource.CLOSED)) return;
    source = new EventSource("/desk/live");
    source.addEventListener("open", () => {
      want("all"); // what happened before the line stood; only then is what is shown true
    });
    source.addEventListener("error", () => {
      if (gone) return;
      say("已断开，正在重连", true);
      if (source.readyState !== EventSource.CLOSED) return;
      want("all"); // tells a session that has ended from a server that is away
      setTimeout(connect, 4000);
    });
    source.addEventListener("incident", (event) => {
      const news = JSON.parse(event.data);
      if (ticket && ticket.dataset.ticket === String(news.id)) want("all");
      else want(news.id);
    });
    source.addEventListener("alarm", (event) => {
      const news = JSON.parse(event.data);
      if (!news.sound) return;
      ring(news.level);
      want("all");
      // Only what rang counts as heard: a desk that is silent leaves the calling to the other channels.
      if (wanted() && sound && sound.state === "running")
        fetch("/desk/alerts/heard", { method: "POST", body: new URLSearchParams({ alert: news.alert }) });
    });
    source.addEventListener("checkin", (event) => {
      const news = JSON.parse(event.data);
      const visits = $$("#visits li").find((one) => one.dataset.station === news.station);
      if (!visits) return;
      $("b", visits).textContent = news.today;
      visits.classList.add("is-new");
      setTimeout(() => visits.classList.remove("is-new"), 4000);
    });
    source.addEventListener("parked", () => page.classList.contains("desk--fleet") && want("all"));
    source.addEventListener("goodbye", farewell);
  }

  function farewell() {
    gone = true;
    if (source) source.close();
    say("登录已结束，请重新登录", true);
  }

  /* A browser keeps six lines to one site: only the list keeps its own while nobody looks, for the alarm's sake. */
  function attend() {
    const alwaysOn = listing && !ticket;
    if (document.hidden && !alwaysOn) {
      if (source) source.close();
      source = null;
    } else connect();
  }

  /* --- the sound */

  const button = $("#sound");
  let sound = null;
  const wanted = () => localStorage.getItem("desk-sound") === "on";

  function paint() {
    if (!button) return;
    const awake = sound && sound.state === "running";
    button.setAttribute("aria-pressed", String(wanted()));
    button.classList.toggle("is-asleep", wanted() && !awake);
    $("span", button).textContent = !wanted() ? "声音关" : awake ? "声音开" : "点一下恢复声音";
  }

  async function wake() {
    if (!wanted()) return;
    sound = sound || new AudioContext();
    sound.onstatechange = paint;
    await sound.resume();
    paint();
  }

  async function toggle() {
    const asleep = wanted() && !(sound && sound.state === "running");
    localStorage.setItem("desk-sound", wanted() && !asleep ? "off" : "on");
    await wake();
    if (wanted()) ring("P1");
    paint();
  }

  function ring(level) {
    if (!wanted() || !sound || sound.state !== "running") return;
    const tones = level === "P0" ? [880, 660, 880, 660, 880] : [660, 880];
    tones.forEach((tone, index) => {
      const voice = sound.createOscillator();
      const loudness = sound.createGain();
      const start = sound.currentTime + index * 0.22;
      voice.frequency.value = tone;
      loudness.gain.setValueAtTime(0.0001, start);
      loudness.gain.exponentialRampToValueAtTime(0.4, start + 0.02);
      loudness.gain.exponentialRampToValueAtTime(0.0001, start + 0.2);
      voice.connect(loudness).connect(sound.destination);
      voice.start(start);
      voice.stop(start + 0.21);
    });
  }

  /* --- keys */

  function focus(row) {
    const link = row && $("a", row);
    if (link) link.focus();
  }

  function step(by) {
    const rows = $$(".ticket");
    if (!rows.length) return;
    const active = document.activeElement;
    const here = rows.findIndex((row) => row.contains(active));
    const from = here >= 0 ? here : rows.findIndex((row) => row.classList.contains("is-chosen"));
    const next = from < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, from + by));
    focus(rows[next]);
  }

  document.addEventListener("keydown", (event) => {
    wake();
    const typing = event.target.closest && event.target.closest("input:not([type=radio]):not([type=checkbox]),textarea,select");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || $("#keys").open) return;
    const tabs = $$("#tabs a");
    if (event.key === "j" || event.key === "k") step(event.key === "j" ? 1 : -1);
    else if (event.key === "u" && $("#back")) $("#back").click();
    else if (event.key === "s" && button) toggle();
    else if (event.key === "?") $("#keys").showModal();
    else if (/^[1-5]$/.test(event.key) && tabs[event.key - 1]) tabs[event.key - 1].click();
    else return;
    event.preventDefault();
  });

  /* --- small comforts */

  $$(".filters").forEach((form) => {
    form.classList.add("is-quick");
    form.addEventListener("change", () => form.submit());
  });

  $$("textarea[data-plate]").forEach((letter) => {
    const hint = () =>
      ["plate", "phone"].forEach((kind) => {
        const found = new RegExp(letter.dataset[kind]).test(letter.value);
        $(`[data-hint=${kind}]`, letter.parentElement).hidden = !found;
      });
    letter.addEventListener("input", hint);
    hint();
  });

  // A second tap on a slow line would only read that somebody was faster: oneself.
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "1";
  });
  addEventListener("pageshow", () => $$("form[data-sent]").forEach((form) => delete form.dataset.sent));

  if ($("#error")) $("#error").focus();
  if ("EventSource" in window && (listing || page.classList.contains("desk--fleet"))) {
    button.hidden = false;
    paint();
    wake();
    document.addEventListener("click", wake);
    button.addEventListener("click", (event) => {
      event.stopPropagation();
      toggle();
    });
    document.addEventListener("visibilitychange", attend);
    say("正在连接", true);
    attend();
    setInterval(tick, 20000);
    setInterval(() => document.hidden || want("all"), 300000);
    if (page.classList.contains("desk--fleet")) setInterval(() => document.hidden || want("all"), 15000);
    // Until somebody accepts it, an alarm comes again every minute.
    setInterval(() => {
      const alarm = $("#alarm");
      if (alarm && Number(alarm.dataset.waiting) > 0) ring("P1");
    }, 60000);
    count();
  }
})();
