// Keeps what works at the station true while somebody looks: asks every three seconds, and not at all when hidden.
(function () {
  "use strict";
  var box = document.getElementById("now");
  if (!box || !window.fetch) return;
  var EVERY = 3000, SLOWEST = 30000, PATIENCE = 15000, wait = EVERY, timer = 0, asking = 0, asked = 0, held = false, waiting = "";

  function seen() {
    var piece = box.querySelector("[data-seen]");
    return piece ? piece.getAttribute("data-seen") : "";
  }
  function later() {
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(ask, wait);
  }
  function show(html) {
    if (held) { waiting = html; return; } // a finger is on a button: it keeps it
    waiting = "";
    var here = document.activeElement, words = box.contains(here) ? here.textContent : "";
    box.innerHTML = html;
    if (!words) return;
    var buttons = box.querySelectorAll("button");
    for (var i = 0; i < buttons.length; i++) if (buttons[i].textContent === words) buttons[i].focus();
  }
  function ask() {
    clearTimeout(timer);
    if (asking || document.hidden) return;
    var mine = asking = ++asked;
    // A line that neither answers nor breaks is given up.
    setTimeout(function () { if (asking === mine) { asking = 0; later(); } }, PATIENCE);
    var to = box.getAttribute("data-from") + "?seen=" + encodeURIComponent(seen()) +
      "&p=" + encodeURIComponent(box.getAttribute("data-p"));
    fetch(to, { credentials: "same-origin" }).then(function (answer) {
      if (answer.status === 404) { location.reload(); return ""; }
      if (!answer.ok) throw new Error(answer.status);
      return answer.status === 204 ? "" : answer.text();
    }).then(function (html) {
      if (html && asking === mine) show(html);
      wait = EVERY;
    }).catch(function () {
      wait = Math.min(wait * 2, SLOWEST);
    }).then(function () {
      if (asking === mine) { asking = 0; later(); }
    });
  }
  // One tap on what is wrong: kept on the phone until it is delivered. Without storage the plain form goes.
  var tapped = "";
  box.addEventListener("submit", function (event) {
    var form = event.target, outbox = window.cxzOutbox, fields = [];
    if (tapped) { event.preventDefault(); return; }
    if (!outbox || !outbox.lasting || !window.FormData) return;
    event.preventDefault();
    new FormData(form).forEach(function (value, name) { fields.push([name, value]); });
    tapped = form.elements.client_id.value;
    form.querySelector("button").disabled = true;
    outbox.keep({
      id: tapped, state: "waiting", station: form.parentNode.getAttribute("data-station"), action: form.getAttribute("action"),
      fields: fields, label: form.elements.words.value, photos: [], at: Date.now(), tapped: Date.now(), receipt: "", sentence: ""
    }).then(outbox.send);
  });
  window.addEventListener("cxz-outbox", function (event) {
    var news = event.detail;
    if (!tapped || news.record.id !== tapped) return;
    if (news.record.receipt) { tapped = ""; location.assign(news.record.receipt); }
    else if (news.what === "later" || news.what === "stuck") { tapped = ""; window.scrollTo(0, 0); }
  });
  document.addEventListener("visibilitychange", function () {
    if (document.hidden) clearTimeout(timer); else { wait = EVERY; ask(); }
  });
  box.addEventListener("touchstart", function () { held = true; }, { passive: true });
  ["touchend", "touchcancel"].forEach(function (name) {
    box.addEventListener(name, function () { held = false; if (waiting) setTimeout(show, 500, waiting); });
  });
  window.addEventListener("online", function () { wait = EVERY; ask(); });
  later();
})();
