// The page that shows a code: counts the minutes down, and shows by itself when the kiosk has used it.
(function () {
  "use strict";
  var box = document.querySelector("[data-watch]");
  if (!box) return;
  var left = box.querySelector("[data-left]");
  var ends = Date.now() + (Number(box.dataset.expires) - Number(box.dataset.now));

  function look() {
    var minutes = Math.max(0, Math.ceil((ends - Date.now()) / 60000));
    left.textContent = String(minutes);
    fetch(box.dataset.watch, { headers: { accept: "application/json" }, credentials: "same-origin" })
      .then(function (answer) { return answer.ok ? answer.json() : null; })
      .then(function (state) {
        if (state && !state.open) location.replace(box.dataset.back);
      })
      .catch(function () { /* no line: the next look may fare better */ });
  }

  setInterval(look, 2000);
})();
