/* Keeps an open roll-out true while somebody looks at it: it is asked for anew every few seconds. */
"use strict";
(() => {
  if (!document.querySelector("[data-rollouts]")) return;
  const parts = ["rollout", "rollouts", "drifts"];
  let asking = false;

  async function fresh() {
    if (asking || document.hidden) return;
    asking = true;
    try {
      const answer = await fetch(location.pathname, { credentials: "same-origin", cache: "no-store" });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      parts.forEach((id) => {
        const found = page.getElementById(id);
        const old = document.getElementById(id);
        const held = old && old.contains(document.activeElement);
        if (found && old && !held && found.outerHTML !== old.outerHTML) old.replaceWith(document.adoptNode(found));
      });
    } catch (error) {
      return; // the next look may fare better
    } finally {
      asking = false;
    }
  }

  setInterval(fresh, 3000);
})();
