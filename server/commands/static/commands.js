/* Keeps an open page of commands true: told by the event stream, it fetches itself anew and puts in what changed. */
"use strict";
(() => {
  const root = document.querySelector("[data-commands]");
  if (!root || !("EventSource" in window)) return;
  const own = root.dataset.commands;
  const part = own ? "order" : "orders";
  let asking = false;
  let again = false;

  async function fresh() {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin", cache: "no-store" });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = page.getElementById(part);
      const old = document.getElementById(part);
      if (found && old && found.outerHTML !== old.outerHTML) old.replaceWith(document.adoptNode(found));
      document.title = page.title;
    } catch (error) {
      again = false; // the stream opens again by itself, and then we ask again
    } finally {
      asking = false;
    }
    if (again) {
      again = false;
      fresh();
    }
  }

  const source = new EventSource("/desk/commands/live");
  source.addEventListener("open", fresh);
  source.addEventListener("command", (event) => {
    if (!own || JSON.parse(event.data).id === own) fresh();
  });
})();
