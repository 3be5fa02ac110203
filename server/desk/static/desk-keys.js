/* The desk by keys alone. Letters in a field are letters; a ticked box or a button is no field. */
"use strict";
(() => {
  const $ = (selector) => document.querySelector(selector);
  const help = $("#keys");
  const PAGES = { t: "/desk/workload" };
  const PREFIX_MS = 1500;
  let prefixed = -Infinity;

  const rows = () => [...document.querySelectorAll(".ticket")];
  const here = () => document.activeElement && document.activeElement.closest(".ticket");

  function focus(row) {
    const link = row && row.querySelector("a");
    if (link) link.focus();
  }

  function step(by) {
    const all = rows();
    const at = all.indexOf(here() || $(".ticket.is-chosen"));
    const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by));
    focus(all[next]);
  }

  function pick() {
    const row = here() || $(".ticket.is-chosen");
    if (row) row.dispatchEvent(new CustomEvent("desk:pick", { bubbles: true }));
  }

  function go(key) {
    const tab = document.querySelector(`#tabs [data-key="${key}"], #views [data-key="${key}"]`);
    if (tab) tab.click();
    else if (PAGES[key] && $(`.nav a[href="${PAGES[key]}"]`)) location.href = PAGES[key];
    else return false;
    return true;
  }

  /* Whether the key meant something. */
  function press(key, inRow) {
    if (performance.now() - prefixed < PREFIX_MS) {
      prefixed = -Infinity;
      return /^[a-z]$/.test(key) && go(key);
    }
    if (key === "j" || (key === "ArrowDown" && inRow)) step(1);
    else if (key === "k" || (key === "ArrowUp" && inRow)) step(-1);
    else if (key === "Enter" && inRow && document.activeElement.matches("input")) inRow.querySelector("a").click();
    else if (key === "x") pick();
    else if (key === "a") document.dispatchEvent(new CustomEvent("desk:pick-all"));
    else if (key === "b" && $("#bulk.is-on")) $("#bulk button").click();
    else if (key === "Escape" && $("#bulk.is-on")) $("#bulk").reset();
    else if (key === "u" && $("#back")) $("#back").click();
    else if (key === "/" && $("#q")) $("#q").select();
    else if (key === "s" && $("#sound") && !$("#sound").hidden) $("#sound").click();
    else if (key === "g") prefixed = performance.now();
    else if (key === "?") help.showModal();
    else return /^[1-5]$/.test(key) && go(key);
    return true;
  }

  document.addEventListener("keydown", (event) => {
    const target = event.target.closest ? event.target : document.body;
    if (event.key === "Escape") {
      if (target.id === "q") target.blur();
      shut(null);
    }
    const typing = target.closest("input:not([type=radio]):not([type=checkbox]),textarea,select,[contenteditable]");
    if (typing || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    if (press(event.key, here())) event.preventDefault();
  });

  /* A menu that is open closes when somebody goes on elsewhere. */
  function shut(but) {
    document.querySelectorAll("details.drop[open], details.nav__more[open]").forEach((menu) => {
      if (!but || !menu.contains(but)) menu.open = false;
    });
  }
  document.addEventListener("click", (event) => shut(event.target));
})();
