// The touchscreen: one view at a time, one press at a time, wiped when left alone. No library, no network but our own.
(() => {
  'use strict';

  const POLL_MS = 1000;
  const ANSWER_MS = 8000;       // longer than a slow disk takes, shorter than a rider's patience
  const WARN_MS = 10000;        // the countdown is visible for this long
  const SETTLE_MS = 400;        // a bouncing finger must not press what has just appeared under it
  const TURN_MS = 10000;        // letters and notices take turns
  const THANKS_MS = 8000;
  const LOOK_MS = 3000;
  const MISSES = 2;             // polls without an answer before the screen says so
  const MAX_DIGITS = 3;
  const CODE_DIGITS = 8;
  const MOTOR_MS = 16000;       // a raincoat needs its time to fall

  const body = document.body;
  const one = (selector, within) => (within || document).querySelector(selector);
  const all = (selector, within) => Array.from((within || document).querySelectorAll(selector));
  const idleMs = Number(body.dataset.idle);

  let intent = null;            // what the person is doing: one tap id from the first press to the answer
  let sending = false;
  let trail = [];               // the views behind 返回
  let touchedAt = Date.now();
  let shownAt = 0;
  let pressed = null;
  let known = {};               // the last /state
  let build = '';               // of the page in this browser
  let etag = '';
  let ahead = 0;                // the agent's clock minus ours
  let misses = 0;
  let looking = false;

  // ---- views

  function show(name) {
    const from = body.dataset.view;
    if (name === 'home') return home();
    if (from !== name) trail.push(from);
    enter(name);
  }

  function enter(name) {
    body.dataset.view = name;
    all('.view').forEach((view) => { view.hidden = view.dataset.of !== name; });
    shownAt = Date.now();
    fill();
    all('.grid').forEach(page);
  }

  // Home is where everything typed is gone.
  function home() {
    intent = null;
    sending = false;
    trail = [];
    one('.result').innerHTML = '';
    one('.letter-full__paper').innerHTML = '';
    all('.grid').forEach((grid) => { grid.dataset.page = '0'; });
    enter('home');
    touch();
  }

  function back() {
    enter(trail.pop() || 'home');
  }

  function fill() {
    const it = intent || {};
    const said = {
      label: it.label || '',
      calls: it.calls || '',
      advice: it.advice || '',
      building: it.digits || '—',
      place: it.place || '',
      sentence: it.sentence || '',
      intent: [it.label, it.place].filter(Boolean).join(' · '),
      code: shownCode(it.digits || ''),
      why: it.why || '',
    };
    all('[data-fill]').forEach((slot) => { slot.textContent = said[slot.dataset.fill]; });
    one('.problem__call').hidden = !it.calls;
    one('[data-do=again]').hidden = Boolean(it.refused);
    one('.redeem__how').hidden = Boolean(it.why);
    one('[data-do=take]').disabled = (it.digits || '').length !== CODE_DIGITS;
    one('.pad__shown').classList.toggle('is-on', Boolean(it.digits));
    all('.key--spot').forEach((spot) => {
      const on = Boolean(it.place) && spot.dataset.spot === it.place;
      spot.classList.toggle('is-on', on);
      spot.setAttribute('aria-pressed', String(on));
    });
  }

  // ---- presses

  function tapId() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  }

  const firstSpot = () => one('.key--spot').dataset.spot;

  const deeds = {
    home: () => home(),
    back: () => back(),
    report: () => { intent = null; trail = ['home']; enter('report'); },
    place: () => show('place'),
    more: (key) => {
      const grid = key.closest('.grid');
      grid.dataset.page = String(Number(grid.dataset.page || 0) + 1);
      page(grid);
    },
    letter: (key) => {
      const paper = one('.letter-full__paper');
      paper.innerHTML = key.innerHTML;
      show('letter');
      shrinkToFit(paper);
    },
    checkin: () => send({ path: '/checkin', label: '到站打卡', body: {} }),
    amenity: (key) => send({
      path: '/amenity', label: key.dataset.label, code: key.dataset.code,
      body: { code: key.dataset.code, state: key.dataset.state },
    }),
    undo: (key) => send({
      path: '/amenity', label: intent.label, code: intent.code, body: { code: intent.code, state: key.dataset.state },
    }),
    tile: (key) => {
      const data = key.dataset;
      intent = { path: '/report', tap: tapId(), category: data.code, label: data.label, place: firstSpot(), digits: '',
        calls: data.calls.replace(/ /g, ' · '), advice: data.advice };
      show(data.calls ? 'call' : 'place');
    },
    spot: (key) => { intent.place = key.dataset.spot; intent.digits = ''; fill(); },
    digit: (key) => typed(intent.digits + key.dataset.digit),
    backspace: () => typed(intent.digits.slice(0, -1)),
    clear: () => typed(''),
    redeem: () => {
      intent = { path: '/redeem', label: '兑换', digits: '', patience: MOTOR_MS };
      trail = ['home'];
      enter('redeem');
    },
    take: () => {
      intent.body = { code: intent.digits };
      send(intent);
    },
    send: () => {
      intent.body = { category: intent.category, place: intent.place };
      send(intent);
    },
    again: () => send(intent),
  };

  const needsIntent = new Set(['digit', 'spot', 'clear', 'backspace', 'send', 'again', 'undo', 'place', 'take']);

  function typed(digits) {
    if (intent.path !== '/redeem') return building(digits.replace(/^0+/, '').slice(0, MAX_DIGITS));
    intent.digits = digits.slice(0, CODE_DIGITS);
    intent.why = '';
    intent.tap = '';                    // another code is another intent
    fill();
  }

  function shownCode(digits) {
    const shown = digits.padEnd(CODE_DIGITS, '_');
    return shown.slice(0, 4) + ' ' + shown.slice(4);
  }

  function building(digits) {
    intent.digits = digits;
    intent.place = digits ? digits + '号楼' : firstSpot();
    fill();
  }

  function act(key) {
    if (!key || key.disabled || sending || Date.now() - shownAt < SETTLE_MS) return;
    const deed = deeds[key.dataset.do];
    if (!deed || (!intent && needsIntent.has(key.dataset.do))) return;
    deed(key);
  }

  const keyOf = (node) => (node && node.closest ? node.closest('[data-do]') : null);

  // Not `click`: a wet glove slides a few pixels between down and up, and browsers drop such clicks.
  document.addEventListener('pointerdown', (event) => {
    touch();
    if (pressed) pressed.classList.remove('is-down');
    pressed = event.isPrimary ? keyOf(event.target) : null;
    if (pressed) pressed.classList.add('is-down');
  });
  document.addEventListener('pointerup', (event) => {
    const key = pressed;
    pressed = null;
    if (!key) return;
    key.classList.remove('is-down');
    if (keyOf(document.elementFromPoint(event.clientX, event.clientY)) === key) act(key);
  });
  document.addEventListener('pointercancel', () => {
    if (pressed) pressed.classList.remove('is-down');
    pressed = null;
  });
  // A click without a pointer comes from a keyboard or a screen reader.
  document.addEventListener('click', (event) => { if (event.detail === 0) { touch(); act(keyOf(event.target)); } });
  document.addEventListener('contextmenu', (event) => event.preventDefault());
  document.addEventListener('dragstart', (event) => event.preventDefault());

  // ---- sending

  async function ask(path, options, patience) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), patience || ANSWER_MS);
    try {
      const answer = await fetch(path, Object.assign({ cache: 'no-store', signal: stop.signal }, options));
      return { status: answer.status, headers: answer.headers, text: await answer.text() };
    } finally {
      clearTimeout(timer);
    }
  }

  async function send(what) {
    what.tap = what.tap || tapId();
    intent = what;
    sending = true;
    body.classList.add('is-sending');
    let failure = '';
    try {
      const answer = await ask(what.path, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(Object.assign({ tap: what.tap }, what.body)),
      }, what.patience);
      if (intent !== what) return;      // wiped meanwhile; the tap itself is safe on the disk
      if (answer.status === 200) return done(answer.text);
      failure = sentence(answer);
      what.refused = answer.status === 422;
    } catch (_) {
      if (intent !== what) return;
      failure = '小站屏幕刚才没有回应，请再试一次。';
    } finally {
      if (intent === what || intent === null) sending = false;
      body.classList.remove('is-sending');
    }
    if (what.path === '/redeem' && what.refused) {
      // A wrong digit is corrected where it was typed.
      Object.assign(what, { why: failure, digits: '', tap: '', refused: false });
      enter('redeem');
      return touch();
    }
    what.sentence = failure;
    show('problem');
    poll();
  }

  function sentence(answer) {
    try {
      return JSON.parse(answer.text).sentence || '出了点问题，请再试一次。';
    } catch (_) {
      return '出了点问题，请再试一次。';
    }
  }

  function done(html) {
    sending = false;
    const result = one('.result');
    result.innerHTML = html;
    result.dataset.kind = intent.path.slice(1);
    trail = ['home'];
    // The receipt stays for the whole idle time, to be photographed; thanks make room for the next person.
    intent.brief = intent.path !== '/report' && intent.path !== '/redeem';
    intent.category = intent.place = undefined;
    enter('result');
    touch();
    poll();
  }

  // ---- idle

  function touch() {
    touchedAt = Date.now();
    one('.leaving').hidden = true;
  }

  function watchIdle() {
    if (body.dataset.view === 'home') {
      one('.leaving').hidden = true;
      return;
    }
    const brief = body.dataset.view === 'result' && intent && intent.brief;
    const left = touchedAt + (brief ? Math.min(THANKS_MS, idleMs) : idleMs) - Date.now();
    if (left <= 0) return home();
    const leaving = one('.leaving');
    leaving.hidden = brief || left > WARN_MS;
    one('b', leaving).textContent = String(Math.ceil(left / 1000));
  }

  // ---- what the station says

  async function poll() {
    if (looking) return;
    looking = true;
    try {
      const answer = await ask('/state', { headers: etag ? { 'If-None-Match': etag } : {} }, LOOK_MS);
      if (answer.status !== 200 && answer.status !== 304) throw new Error(String(answer.status));
      ahead = Number(answer.headers.get('x-now')) - Date.now();
      if (answer.status === 200) {
        const state = JSON.parse(answer.text);
        build = build || state.build;
        // A newer page waits until nobody is in the middle of something.
        if (build !== state.build && body.dataset.view === 'home') return location.reload();
        known = state;
        if (await refresh(state) && build === state.build) etag = answer.headers.get('etag');
      }
      misses = 0;
    } catch (_) {
      misses += 1;
      etag = '';
    } finally {
      looking = false;
    }
    one('.wait').hidden = misses < MISSES;
  }

  // True when everything shown is what the state says.
  async function refresh(state) {
    const busy = body.dataset.view !== 'home';
    let complete = true;
    for (const name of Object.keys(state.parts)) {
      const slots = all('[data-part="' + name + '"]').filter((slot) => slot.dataset.digest !== state.parts[name]);
      if (!slots.length) continue;
      // Nothing moves under a finger that is choosing.
      if (busy && (name === 'tiles' || name === 'spots')) { complete = false; continue; }
      const answer = await ask('/part/' + name, {}, LOOK_MS);
      if (answer.status !== 200) throw new Error(String(answer.status));
      slots.forEach((slot) => {
        slot.innerHTML = answer.text;
        slot.dataset.digest = state.parts[name];
      });
    }
    dress();
    return complete;
  }

  function dress() {
    const has = (name) => Boolean(one('.part--' + name).firstElementChild);
    body.classList.toggle('has-letters', has('letters'));
    body.classList.toggle('has-things', has('amenities'));
    if (body.dataset.view !== 'home') fill();
    else all('.grid').forEach(page);
    ring();
  }

  function ring() {
    const bar = one('.qr-card__time i');
    if (!bar || !known.qr_until) return;
    const left = Math.max(0, Math.min(30000, known.qr_until - Date.now() - ahead));
    bar.style.transform = 'scaleX(' + (left / 30000).toFixed(3) + ')';
    const words = one('.qr-left');
    if (words) words.textContent = Math.ceil(left / 1000) + ' 秒后换新码';
  }

  function takeTurns() {
    for (const name of ['letters', 'notices']) {
      const items = Array.from(one('.part--' + name).children);
      if (items.length < 2) continue;
      const now = items.findIndex((item) => !item.hidden);
      items.forEach((item, index) => { item.hidden = index !== (now + 1) % items.length; });
    }
  }

  // ---- fitting: there is no swiping, so what does not fit goes to a further page

  function page(grid) {
    const box = grid.getBoundingClientRect();
    if (!box.width || !box.height) return;
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const [width, height] = grid.dataset.least.split('x').map((size) => Number(size) * rem);
    const gap = parseFloat(getComputedStyle(grid).columnGap) || 0;
    const keys = all('.key:not(.key--more)', grid);
    const most = Math.max(1, Math.floor((box.width + gap) / (width + gap)));
    const rows = Math.max(1, Math.floor((box.height + gap) / (height + gap)));
    const fits = keys.length <= most * rows;
    const each = fits ? keys.length : Math.max(1, most * rows - 1);
    const pages = Math.max(1, Math.ceil(keys.length / each));
    const current = Number(grid.dataset.page || 0) % pages;
    keys.forEach((key, index) => { key.hidden = Math.floor(index / each) !== current; });
    one('.key--more', grid).hidden = fits;
    const cells = fits ? keys.length : each + 1;
    const needed = Math.max(1, Math.ceil(cells / most));
    grid.style.gridTemplateRows = 'repeat(' + needed + ',1fr)';
    grid.style.gridTemplateColumns = 'repeat(' + Math.max(1, Math.ceil(cells / needed)) + ',1fr)';
  }

  function shrinkToFit(paper) {
    for (let size = 2.4; size > 1 && (size === 2.4 || paper.scrollHeight > paper.clientHeight); size -= 0.1) {
      paper.style.fontSize = size + 'rem';
    }
  }

  window.addEventListener('resize', () => all('.grid').forEach(page));
  setInterval(poll, POLL_MS);
  setInterval(() => { watchIdle(); ring(); }, 250);
  setInterval(takeTurns, TURN_MS);
  dress();
  poll();
})();
