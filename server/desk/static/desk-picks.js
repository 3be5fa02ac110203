/* Tickets ticked to be handled together. What was ticked is remembered with the version that was seen: a row that
   somebody else moves meanwhile is unticked, and said so, instead of being moved unseen. */
"use strict";
(() => {
  const bar = document.getElementById("bulk");
  if (!bar) return;
  const picked = new Map();
  const words = document.getElementById("picked");
  const invitation = words.textContent;
  const none = document.getElementById("unpick");
  const boxes = () => [...document.querySelectorAll(".ticket__pick input")];
  const number = (value) => value.split(".")[0];

  function paint(lost) {
    boxes().forEach((box) => box.closest(".ticket").classList.toggle("is-picked", box.checked));
    const some = picked.size > 0;
    bar.classList.toggle("is-on", some || lost > 0);
    none.hidden = !some;
    words.textContent =
      (some ? `选了 ${picked.size} 张` : invitation) + (lost ? `；${lost} 张刚有人动过，没有勾上` : "");
  }

  function set(box, on) {
    box.checked = on;
    if (on) picked.set(number(box.value), box.value);
    else picked.delete(number(box.value));
  }

  document.addEventListener("change", (event) => {
    if (!event.target.matches(".ticket__pick input")) return;
    set(event.target, event.target.checked);
    paint(0);
  });
  // Rows were painted anew: tick again what has not changed.
  document.addEventListener("desk:rows", () => {
    let lost = 0;
    const there = new Map(boxes().map((box) => [number(box.value), box]));
    picked.forEach((value, id) => {
      const box = there.get(id);
      if (box && box.value === value) box.checked = true;
      else {
        picked.delete(id);
        lost += 1;
      }
    });
    paint(lost);
  });
  document.addEventListener("desk:pick", (event) => {
    const box = event.target.querySelector(".ticket__pick input");
    if (box) set(box, !box.checked);
    paint(0);
  });
  document.addEventListener("desk:pick-all", () => {
    const all = boxes();
    const on = all.some((box) => !box.checked);
    all.forEach((box) => set(box, on));
    paint(0);
  });
  bar.addEventListener("reset", () => {
    picked.clear();
    setTimeout(() => {
      boxes().forEach((box) => (box.checked = false)); // a reset brings back what the page came with
      paint(0);
    });
  });
  addEventListener("pageshow", () => {
    boxes().forEach((box) => set(box, box.checked)); // the browser may bring the ticks back
    paint(0);
  });
  bar.classList.add("is-quick");
})();
