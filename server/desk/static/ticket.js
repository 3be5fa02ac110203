/* The ticket's own script: templates and places as chips, a preview while somebody writes, dates' shortcuts, keys.
   Without it every form works: the select with 套用, the button 预览, and the native date field stay. */
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  if (!$("#ticket")) return;

  function chip(text, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "chip chip--small";
    button.textContent = text;
    button.addEventListener("click", act);
    return button;
  }

  function wrote(field) {
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /* --- templates: what somebody wrote themselves stays in front of them */

  $$(".templates").forEach((box) => {
    const options = $$("option", box);
    const field = document.getElementById($("select", box).dataset.for);
    const began = field.value.trim();
    const refused = $(".note--bad", field.form); // then what stands there is somebody's own
    const known = new Set(["", refused ? "" : began, ...options.map((option) => option.dataset.text)]);
    const chips = document.createElement("div");
    chips.className = "chips";
    options.forEach((option) =>
      chips.append(
        chip(option.textContent, () => {
          const before = field.value.trim();
          const text = option.dataset.text;
          if (before.includes(text)) return;
          field.value = known.has(before) ? text : `${before}\n${text}`;
          wrote(field);
          field.focus();
        }),
      ),
    );
    box.replaceWith(chips);
  });

  /* --- the station's known places */

  $$("input[data-chips]").forEach((field) => {
    const chips = document.createElement("div");
    chips.className = "chips";
    $$("option", field.list).slice(0, Number(field.dataset.chips)).forEach((option) =>
      chips.append(
        chip(option.value, () => {
          field.value = option.value;
          wrote(field);
        }),
      ),
    );
    if (chips.childElementCount) field.after(chips);
  });

  /* --- the preview: made by the server, because only it knows how the words will be completed */

  $$("form[data-move]").forEach((form) => {
    const button = $("button[value=preview]", form);
    if (!button) return;
    button.hidden = true;
    let timer = 0;
    let latest = 0;
    const show = async () => {
      const mine = ++latest;
      const body = new URLSearchParams([...new FormData(form), ["act", "preview"]]);
      try {
        const answer = await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" } });
        if (!answer.ok || mine !== latest) return;
        const fresh = $("[data-preview]", new DOMParser().parseFromString(await answer.text(), "text/html"));
        const old = $("[data-preview]", form);
        if (!fresh) return;
        if (old) old.replaceWith(document.adoptNode(fresh));
        else $(".sendrow", form).before(document.adoptNode(fresh));
      } catch (error) {
        button.hidden = false; // the line is down: the plain way stays
      }
    };
    form.addEventListener("input", (event) => {
      if (!/^(reply|letter|on_screen|until|body)$/.test(event.target.name)) return;
      clearTimeout(timer);
      timer = setTimeout(show, 350);
    });
    // The preview is small help; what is sent must not wait for it.
    form.addEventListener("submit", () => clearTimeout(timer));
  });

  /* --- keys: each leads to a form, none does anything by itself */

  function go(key) {
    const all = $$(`#ticket [data-key="${key}"]`);
    const now = document.activeElement;
    const found = all[(all.findIndex((one) => one.contains(now)) + 1) % all.length]; // pressed again: the next one
    if (!found) return false;
    for (let box = found.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    const form = found.tagName === "SUMMARY" ? $("form", found.parentElement) : found;
    const field = found.tagName === "SUMMARY" && $("textarea,select,input:not([type=hidden])", form);
    const target = field || found;
    target.scrollIntoView({ block: "center" });
    target.focus({ preventScroll: true });
    return true;
  }

  let prefixed = -Infinity; // after g a letter names a list, as desk-keys.js says

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest && event.target.closest("input:not([type=radio]):not([type=checkbox]),textarea,select");
    if (event.key === "Escape" && typing && event.target.closest("#ticket")) {
      event.target.blur();
      return;
    }
    if (typing || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || $("dialog[open]")) return;
    const list = performance.now() - prefixed < 1500;
    prefixed = event.key === "g" && !list ? performance.now() : -Infinity;
    if (list) return;
    if (event.key === "h" && $("#history")) $("#history").scrollIntoView();
    else if (!/^[danrmp]$/.test(event.key) || !go(event.key)) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // beside an open ticket, a means this one and not the whole list
  }, true);

  const keys = $("#ticket-keys");
  if (keys && $("#keys dl")) {
    $("#keys dl").append(keys.content.cloneNode(true));
    $("#keyhint").hidden = false;
  }

  /* --- small comforts */

  // A link or an address to a folded form opens it.
  function unfold() {
    const found = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    for (let box = found && found.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    if (found) found.scrollIntoView();
  }
  addEventListener("hashchange", unfold);
  unfold();

  // The jump to the next step is in the way once the step is in sight.
  const jump = $(".jump");
  if (jump && "IntersectionObserver" in window) {
    const target = $(jump.getAttribute("href"));
    new IntersectionObserver(([seen]) => jump.classList.toggle("is-there", seen.isIntersecting)).observe(target);
  }
})();
