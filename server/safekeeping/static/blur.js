/* Draw boxes over a photo with a finger or a mouse. Without it the squares and the big parts do the same. ES2017. */
(function () {
  'use strict';
  var WHOLE = 1000, LEAST = 8, COLUMNS = 12, ROWS = 9;
  var canvas = document.getElementById('canvas');
  var picture = document.getElementById('picture');
  var grid = document.getElementById('grid');
  var field = document.getElementById('drawn');
  var undo = document.getElementById('undo');
  var squares = document.getElementById('squares');
  var form = document.getElementById('cover');
  if (!canvas || !canvas.getContext || !window.PointerEvent) return;
  var pen = canvas.getContext('2d');
  var drawn = field.value.split(';').filter(Boolean).map(function (one) { return one.split(',').map(Number); });
  var now = null, start = null, finger = null;

  function picked(name) {
    return Array.prototype.slice.call(form.querySelectorAll('input[name=' + name + ']'));
  }
  function box(value) { return value.split(',').map(Number); }

  function paint() {
    var width = canvas.width = canvas.clientWidth * (window.devicePixelRatio || 1);
    var height = canvas.height = canvas.clientHeight * (window.devicePixelRatio || 1);
    function place(one) {
      return [one[0] * width / WHOLE, one[1] * height / WHOLE, one[2] * width / WHOLE, one[3] * height / WHOLE];
    }
    function cover(one) {
      var at = place(one), tile = Math.max(6, Math.min(at[2], at[3]) / 4), shades = ['#5B6B75', '#6B7B85', '#4F5F69'];
      pen.save(); pen.beginPath(); pen.rect(at[0], at[1], at[2], at[3]); pen.clip();
      for (var row = 0, y = at[1]; y < at[1] + at[3]; row++, y += tile) {
        for (var column = 0, x = at[0]; x < at[0] + at[2]; column++, x += tile) {
          pen.fillStyle = shades[(row * 2 + column) % 3]; pen.fillRect(x, y, tile + 1, tile + 1);
        }
      }
      pen.restore();
      pen.lineWidth = 3; pen.strokeStyle = '#FFC53D'; pen.setLineDash([]); pen.strokeRect(at[0], at[1], at[2], at[3]);
    }
    picked('mark').forEach(function (one, index) {
      if (one.checked) { cover(box(one.value)); return; }
      var at = place(box(one.value));
      pen.lineWidth = 4; pen.setLineDash([8, 6]); pen.strokeStyle = '#FFC53D'; pen.strokeRect(at[0], at[1], at[2], at[3]);
      pen.font = '700 ' + 16 * (window.devicePixelRatio || 1) + 'px sans-serif'; pen.fillStyle = '#FFC53D';
      pen.fillText(String(index + 1), at[0] + 4, Math.max(18, at[1] - 6));
    });
    picked('part').forEach(function (one) { if (one.checked) cover(box(one.getAttribute('data-box'))); });
    picked('cell').forEach(function (one) {
      var at = box(one.value);
      if (one.checked) cover([at[0] * WHOLE / COLUMNS, at[1] * WHOLE / ROWS, WHOLE / COLUMNS, WHOLE / ROWS]);
    });
    drawn.forEach(cover);
    if (now) cover(now);
    field.value = drawn.map(function (one) { return one.join(','); }).join(';');
    undo.disabled = !drawn.length;
  }

  function spot(event) {
    var edge = canvas.getBoundingClientRect();
    function within(value) { return Math.min(WHOLE, Math.max(0, Math.round(value * WHOLE))); }
    return [within((event.clientX - edge.left) / edge.width), within((event.clientY - edge.top) / edge.height)];
  }
  function between(one, other) {
    return [Math.min(one[0], other[0]), Math.min(one[1], other[1]), Math.abs(one[0] - other[0]), Math.abs(one[1] - other[1])];
  }
  function inside(at, one) {
    return at[0] >= one[0] && at[0] <= one[0] + one[2] && at[1] >= one[1] && at[1] <= one[1] + one[3];
  }

  canvas.addEventListener('pointerdown', function (event) {
    // A second finger zooms the page: the box begun by the first was none.
    if (finger !== null || event.button) { start = now = null; paint(); return; }
    finger = event.pointerId; start = spot(event);
    canvas.setPointerCapture(finger);
    event.preventDefault();
  });
  canvas.addEventListener('pointermove', function (event) {
    if (event.pointerId !== finger || !start) return;
    now = between(start, spot(event)); paint();
  });
  function end(event) {
    if (event.pointerId !== finger) return;
    if (start && event.type === 'pointerup') {
      var made = between(start, spot(event));
      if (made[2] >= LEAST && made[3] >= LEAST) {
        drawn.push(made);
      } else {
        picked('mark').some(function (one) {
          if (inside(start, box(one.value))) { one.checked = !one.checked; return true; }
          return false;
        });
      }
    }
    finger = start = now = null; paint();
  }
  canvas.addEventListener('pointerup', end);
  canvas.addEventListener('pointercancel', end);
  undo.addEventListener('click', function () { drawn.pop(); paint(); });
  squares.addEventListener('click', function () { show(grid.hidden); });
  form.addEventListener('change', paint);
  form.addEventListener('submit', function () { document.getElementById('save').disabled = true; });
  window.addEventListener('pageshow', function () { document.getElementById('save').disabled = false; });
  window.addEventListener('resize', paint);

  function show(withSquares) {
    grid.hidden = !withSquares; canvas.hidden = withSquares; undo.hidden = withSquares; squares.hidden = false;
    squares.textContent = withSquares ? '用手指' : '用格子';
    if (!withSquares) paint();
    document.getElementById('how').textContent = withSquares ? '点照片上的格子，选中的会盖住。'
      : '人脸、车牌、门牌：用手指或鼠标在照片上拖出一个框。两个手指可以放大。';
  }
  if (picture.complete) show(false); else picture.addEventListener('load', function () { show(false); });
})();
