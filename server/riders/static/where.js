/* 在图上指: the station in the middle, north up, a grid with metres, and a pin that is dragged. No map comes from
   anywhere. The phone's own position is asked for only when the button is tapped. */
(function () {
  'use strict';
  const box = document.getElementById('where'), form = document.getElementById('report'), pin = form.elements.pin;
  const NEAR = 200, FAR = 1000, HALF = 150, METRES = 111195, XML = 'http://www.w3.org/2000/svg';
  const said = box.querySelector('p'), winds = ['北', '东北', '东', '东南', '南', '西南', '西', '西北'];
  let reach = NEAR, svg = null, mark = null;

  function make(name, values, parent) {
    const one = document.createElementNS(XML, name);
    Object.keys(values).forEach(key => one.setAttribute(key, values[key]));
    if (parent) parent.append(one);
    return one;
  }

  const now = () => { const part = pin.value.split(','); return pin.value ? {east: Number(part[1]), north: Number(part[2])} : null; };

  function set(source, east, north, accuracy) {
    pin.value = [source, Math.round(east), Math.round(north), Math.round(accuracy)].join(',');
    draw();
    form.dispatchEvent(new Event('pinned'));
  }

  function words() {
    const at = now();
    if (!at) return '拖动图钉，或点一下图上的位置。';
    const far = Math.hypot(at.east, at.north), turn = Math.round(Math.atan2(at.east, at.north) / Math.PI * 4);
    return far < 15 ? '就在小站旁。' : '小站' + winds[(turn + 8) % 8] + '约 ' + Math.round(far / 10) * 10 + ' 米。';
  }

  function draw() {
    if (!svg) return;
    const at = now(), scale = HALF / reach;
    svg.textContent = '';
    const step = reach / 4;
    for (let line = -4; line <= 4; line++) {
      make('path', {d: 'M' + line * step * scale + ' -150V150M-150 ' + line * step * scale + 'H150', class: 'grid'}, svg);
    }
    make('text', {x: 0, y: -136, class: 'north'}, svg).textContent = '北 ↑';
    make('text', {x: 112, y: 144}, svg).textContent = '一格 ' + step + ' 米';
    make('rect', {x: -10, y: -10, width: 20, height: 20, rx: 5, class: 'lamp-mark'}, svg);
    make('text', {x: 0, y: 26}, svg).textContent = box.dataset.name;
    mark = make('g', {class: 'pin'}, svg);
    const x = at ? Math.max(-140, Math.min(140, at.east * scale)) : 0, y = at ? Math.max(-130, Math.min(140, -at.north * scale)) : 0;
    if (at) {
      mark.setAttribute('transform', 'translate(' + x + ' ' + y + ')');
      make('path', {d: 'M0 0C-14 -18 -14 -34 0 -34S14 -18 0 0Z'}, mark);
      make('circle', {cx: 0, cy: -22, r: 5}, mark);
    }
    said.textContent = words();
    box.querySelector('[data-do=off]').hidden = !at;
  }

  function point(event) {
    const frame = svg.getBoundingClientRect(), scale = reach / HALF;
    set('map', ((event.clientX - frame.left) / frame.width * 300 - 150) * scale, -((event.clientY - frame.top) / frame.height * 300 - 150) * scale, 0);
  }

  function build() {
    svg = make('svg', {viewBox: '-150 -150 300 300', tabindex: 0, role: 'application', 'aria-label': '位置图，方向键移动图钉'});
    box.querySelector('.where__map').append(svg);
    let down = false;
    svg.addEventListener('pointerdown', event => { down = true; if (svg.setPointerCapture) svg.setPointerCapture(event.pointerId); point(event); });
    svg.addEventListener('pointermove', event => { if (down) point(event); });
    ['pointerup', 'pointercancel'].forEach(name => svg.addEventListener(name, () => { down = false; }));
    svg.addEventListener('keydown', event => {
      const move = {ArrowUp: [0, 10], ArrowDown: [0, -10], ArrowLeft: [-10, 0], ArrowRight: [10, 0]}[event.key], at = now() || {east: 0, north: 0};
      if (!move) return;
      event.preventDefault();
      set('map', at.east + move[0], at.north + move[1], 0);
    });
  }

  function locate(button) {
    if (!navigator.geolocation) { said.textContent = '这部手机给不了位置，在图上指一下就行。'; return; }
    button.disabled = true;
    said.textContent = '正在看你在哪儿…';
    const end = sentence => { button.disabled = false; if (sentence) said.textContent = sentence; };
    navigator.geolocation.getCurrentPosition(found => {
      const lat = Number(box.dataset.lat), lon = Number(box.dataset.lon), at = found.coords;
      const north = (at.latitude - lat) * METRES, east = (at.longitude - lon) * METRES * Math.cos(lat * Math.PI / 180);
      end('');
      if (Math.hypot(east, north) > 5000) return end('你离小站有点远，请写几个字说在哪里。');
      if (Math.hypot(east, north) > reach) reach = FAR;
      set('gps', east, north, Math.min(at.accuracy || 0, 5000));
    }, () => end('没拿到位置，在图上指一下，或写几个字就行。'), {enableHighAccuracy: true, timeout: 10000, maximumAge: 60000});
  }

  box.hidden = false;
  box.addEventListener('toggle', () => { if (box.open && !svg) build(); draw(); });
  box.addEventListener('click', event => {
    const button = event.target.closest('[data-do]'), what = button && button.dataset.do;
    if (what === 'off') { pin.value = ''; draw(); form.dispatchEvent(new Event('pinned')); }
    if (what === 'reach') { reach = reach === NEAR ? FAR : NEAR; button.textContent = reach === NEAR ? '看远一点' : '看近一点'; draw(); }
    if (what === 'locate') locate(button);
  });
  form.addEventListener('restored', draw);
  if (pin.value) box.open = true;
})();
