/* The desk's own script: live rows and the alarm's sound. Hand-written because htmx would bring 50 KB and its own
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
  const A_SECOND = 4; // rows fetched one by one
  const MANY = 12; // more than this waiting: nobody can follow rows that jump in, a bar says how many there are
  const MOST_ROWS = 200; // a list that nobody reloads for days must not grow for ever
  const CALM_MS = 10000;
  const waiting = new Map(); // ticket or "all" → whether it is urgent
  const late = new Set(); // what the bar stands for
  let more = 0; // and so many that were not even told by number
  let busy = false;
  let fetched = []; // when rows were fetched within the last second
  let reread_at = -Infinity;
  let touched = 0;
  let calm = null;

  function repainted() {
    document.dispatchEvent(new CustomEvent("desk:rows"));
    count();
  }

  function swapCounts(from) {
    ["tabs", "views", "chips", "alarm"].forEach((id) => swap(id, from));
  }

  async function reread() {
    reread_at = performance.now();
    late.clear();
    more = 0;
    paintBar();
    const focused = document.activeElement && document.activeElement.closest(".ticket");
    const known = new Set($$(".ticket").map((row) => row.dataset.id));
    const from = (await ask(listing ? listing.dataset.here : location.href)).page;
    swapCounts(from);
    swap("visits", from);
    swap("rows", from);
    swap("fleet", from);
    if (known.size) {
      const anew = $$(".ticket").filter((row) => !known.has(row.dataset.id));
      anew.forEach(greet);
      const loud = anew.find((row) => row.dataset.alarm === "1");
      if (loud) ring(loud.dataset.level);
    }
    if (focused) focus(document.getElementById(focused.id));
    const clock = from.getElementById("listing");
    if (clock) listing.dataset.now = Number(clock.dataset.now) - performance.now();
    const there = from.getElementById("ticket");
    if (ticket && (!there || there.dataset.version !== ticket.dataset.version)) overtaken();
    repainted();
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
    swapCounts(answer.page);
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
    repainted();
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
    const last = list.lastElementChild;
    const held = last.contains(document.activeElement) || last.classList.contains("is-picked");
    if (list.children.length > MOST_ROWS && last !== row && !held) last.remove();
  }

  function greet(row) {
    if (!row) return;
    row.classList.add("is-new");
    setTimeout(() => row.classList.remove("is-new"), 12000);
  }

  function focus(row) {
    const link = row && $("a", row);
    if (link) link.focus();
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

  /* --- many changes at once: a few rows a second, for the rest a bar, and the counts now and then */

  const pulse = slowly(3000, async () => swapCounts((await ask(`/desk/pulse?${listing.dataset.query}`)).page));
  const chips = slowly(15000, pulse);
  const catchUp = slowly(10000, () => want("all"));

  /* At most once in so many milliseconds; what is asked for meanwhile happens once, at the end. */
  function slowly(pause, deed) {
    let planned = null;
    let last = -Infinity;
    return () => {
      if (planned !== null || gone) return;
      planned = setTimeout(async () => {
        planned = null;
        last = performance.now();
        try {
          await deed();
          count();
        } catch (error) {
          want("all");
        }
      }, Math.max(0, last + pause - performance.now()));
    };
  }

  const behind = () => late.size + more;

  function paintBar() {
    const bar = $("#fresh");
    if (!bar) return;
    bar.hidden = behind() === 0;
    $("span", bar).textContent = `有 ${behind()} 条新变化，点一下看`;
  }

  function postpone() {
    [...waiting].forEach(([id, urgent]) => {
      if (urgent || id === "all") return;
      waiting.delete(id);
      late.add(id);
    });
    paintBar();
    pulse();
    clearTimeout(calm);
    calm = setTimeout(settle, CALM_MS);
  }

  /* Once it is quiet and nobody has a finger on it, the list brings itself up to date. */
  function settle() {
    const inUse = performance.now() - touched < CALM_MS || $("#bulk.is-on");
    if (behind() && !inUse) want("all");
    else if (behind()) calm = setTimeout(settle, CALM_MS);
  }

  function pause() {
    const now = performance.now();
    fetched = fetched.filter((at) => now - at < 1000);
    const left = waiting.has("all") ? reread_at + 2000 - now : fetched.length < A_SECOND ? 0 : fetched[0] + 1000 - now;
    return new Promise((ready) => setTimeout(ready, Math.max(0, left)));
  }

  async function work() {
    if (busy) return;
    busy = true;
    try {
      while (waiting.size) {
        const urgent = [...waiting.values()].filter(Boolean).length;
        if (!listing || urgent > MANY) waiting.set("all", true);
        else if (behind() || waiting.size > MANY) postpone();
        if (waiting.size) await pause();
        if (waiting.has("all")) {
          waiting.clear();
          await reread();
        } else if (waiting.size) {
          const next = [...waiting].sort((one, other) => Number(other[1]) - Number(one[1]))[0][0];
          waiting.delete(next);
          fetched.push(performance.now());
          await refresh(next);
          if ($("#chips:not([hidden])")) chips();
        }
      }
    } catch (error) {
      setTimeout(() => want("all"), 5000); // the line is down or the server restarts: later, and everything
    } finally {
      busy = false;
    }
  }

  function want(id, urgent) {
    if (gone) return;
    waiting.set(String(id), Boolean(urgent));
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
      else want(news.id, news.urgent);
    });
    source.addEventListener("many", (event) => {
      if (!listing) return want("all");
      more += JSON.parse(event.data).n;
      postpone();
      if (ticket) catchUp(); // it may be the one that is open
    });
    source.addEventListener("alarm", (event) => {
      const news = JSON.parse(event.data);
      if (!news.sound) return;
      ring(news.level);
      if (listing) pulse(); // its row comes as a change of the ticket
      else want("all");
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

  /* --- small comforts */

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
    document.addEventListener("keydown", wake);
    ["click", "keydown", "touchstart", "wheel"].forEach((kind) =>
      document.addEventListener(kind, () => (touched = performance.now()), { passive: true }),
    );
    if ($("#fresh")) $("#fresh").addEventListener("click", () => want("all"));
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
