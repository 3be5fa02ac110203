/* What this phone still has to deliver: reports and their photos, kept in IndexedDB until the server has them.
   On every rider page, so that whoever comes back delivers what was left. ES2017, no build step. */
(function () {
  'use strict';
  const PAUSES = [2, 5, 10, 20, 40, 60], DAY = 86400000, MINUTE = 60000, PATIENCE = 30000, TUS = '1.0.0';
  const LEAST = 32768, MOST = 1048576, DEAF = 1500, SLOW = {reports: 2000, photos: 10000}, SETTLED = 15000;
  const onForm = document.getElementById('report'), elsewhere = new Set(), unsaid = new Map();
  let chunk = 131072, tries = 0, timer = 0, running = false, again = false, strip = null, hurry = false, halt = null, saying = 0;

  /* ---- storage: two stores, or this page's memory where the browser gives none, is full, or never answers ---- */
  const memory = {reports: {}, photos: {}};
  let base = null, settled = false, deaf = null;
  const opened = new Promise(done => {
    let request = null;
    try { request = indexedDB.open('cxz-outbox', 1); } catch (e) { return done(); }
    if (!request) return done();
    request.onupgradeneeded = () => ['reports', 'photos'].forEach(name => request.result.createObjectStore(name, {keyPath: 'id'}));
    request.onerror = request.onblocked = () => done();
    request.onsuccess = () => { base = request.result; if (settled) start(); done(); };
    setTimeout(done, DEAF);
  }).then(() => { settled = true; });

  const within = (time, deed) => new Promise((done, failed) => {
    setTimeout(() => failed(new Error('late')), time);
    deed.then(done, failed);
  });

  /* Rejects where the browser keeps nothing, or takes too long; what it says in the end is looked at once more. */
  function ask(store, mode, deed, after) {
    let late = false;
    return opened.then(() => within(SLOW[store], new Promise((done, failed) => {
      const work = base.transaction(store, mode), request = deed(work.objectStore(store));
      work.oncomplete = () => { base = base || deaf; if (after) after(); done(request.result); if (late) run(); };
      work.onerror = work.onabort = () => failed(work.error);
    }))).catch(error => {
      late = true;
      // One patience is enough: an alarm waits behind it. What comes after an answer is kept again.
      if (base && error.message === 'late') { deaf = base; base = null; }
      throw error;
    });
  }
  /* A promise of whether it lasts longer than this page; a slow phone may still keep it later. */
  function put(store, one, deed) {
    const before = memory[store][one.id], kept = () => { if ([before, one].includes(memory[store][one.id])) delete memory[store][one.id]; };
    return ask(store, 'readwrite', deed || (at => at.put(one)), kept).then(() => true, () => { memory[store][one.id] = one; return false; });
  }
  /* Rejects when nobody knows whether it is there. */
  const read = (store, id) => memory[store][id] || (settled && !base) ? Promise.resolve(memory[store][id]) : ask(store, 'readonly', at => at.get(id));
  const get = (store, id) => read(store, id).catch(() => undefined);
  const cut = (store, id) => { delete memory[store][id]; return ask(store, 'readwrite', at => at.delete(id)).catch(() => undefined); };
  const all = () => ask('reports', 'readonly', at => at.getAll()).catch(() => []).then(found =>
    found.filter(one => !memory.reports[one.id]).concat(Object.keys(memory.reports).map(id => memory.reports[id])));
  const key = (id, name) => id + '/' + name, NO_ROOM = '站里这会儿存不下照片，过一会儿自己再传。';

  const api = window.cxzOutbox = {
    get lasting() { return !!base || !settled; },
    ready: opened,
    all: all,
    get: id => get('reports', id),
    keep: record => {
      if (pending(record) && !record.receipt) unsaid.set(record.id, record.tapped); else unsaid.delete(record.id);
      return put('reports', record);
    },
    /* `gone`: another tab has sent what bears this id; nothing of that is overwritten. */
    draft: record => {
      const free = one => !one || one.state === 'draft' || one.state === 'stuck';
      let gone = !free(memory.reports[record.id]);
      return (gone ? Promise.resolve() : put('reports', record, at => {
        const known = at.get(record.id);
        known.onsuccess = () => {
          if (!free(known.result)) gone = true; else try { at.put(record); } catch (error) { known.transaction.abort(); }
        };
        return known;
      })).then(() => gone ? 'gone' : '');
    },
    /* Whether the phone has all of this, not only the page. */
    holds: record => !memory.reports[record.id] && record.photos.every(one => !memory.photos[key(record.id, one.name)]),
    /* As bytes: some browsers cannot keep a Blob. `rough`: not yet made smaller. */
    keepPhoto: (id, name, data, rough) => new Response(data).arrayBuffer()
      .then(bytes => put('photos', {id: key(id, name), data: bytes, type: data.type, rough: !!rough})),
    photo: (id, name) => get('photos', key(id, name)).then(found => found && Object.assign(new Blob([found.data], {type: found.type}), {rough: found.rough})),
    dropPhoto: (id, name) => cut('photos', key(id, name)),
    drop: record => {
      unsaid.delete(record.id);
      return Promise.all((record.photos || []).map(one => cut('photos', key(record.id, one.name)))).then(() => cut('reports', record.id));
    },
    again: record => {
      if (record.instead) move(record);
      record.state = 'waiting';
      return api.keep(record).then(api.send);
    },
    /* What was just said waits neither for photos nor for what was said before it: it may be an alarm. */
    send: () => {
      tries = 0;
      if (running && Array.from(unsaid.values()).some(tapped => tapped > saying)) { hurry = true; if (halt) halt(); }
      return run();
    }
  };

  /* ---- one report to the server: its words first, then its photos, each in pieces ---- */
  function call(address, method, headers, body) {
    return new Promise((done, failed) => {
      const stop = window.AbortController ? new AbortController() : null;
      const end = () => { if (stop) stop.abort(); failed(new Error('late')); };
      const alarm = setTimeout(end, PATIENCE);
      halt = end;
      fetch(address, {method: method, headers: headers, body: body, credentials: 'same-origin', signal: stop ? stop.signal : undefined})
        .then(done, failed).then(() => clearTimeout(alarm));
    });
  }

  const told = answer => within(PATIENCE, answer.json()).catch(() => ({}));
  const words = answer => told(answer).then(one => one.sentence || one.detail || '');

  /* Not now; with the server's own reason when it was not the line. */
  async function later(answer, otherwise) {
    const error = new Error('later');
    if (answer.status >= 500 || answer.status === 429) error.why = await words(answer) || otherwise;
    return error;
  }

  function open(record, uploaded, without) {
    const body = new FormData(), span = Date.now() - record.tapped;
    record.fields.forEach(pair => body.append(pair[0], pair[1]));
    body.set('coming', record.photos.length);
    // A clock that was set back meanwhile measures nothing: longer than anybody believes.
    body.set('waited', span < -MINUTE ? 99999999999 : Math.min(Math.max(0, span), 99999999999));
    uploaded.forEach(one => body.append('upload', one));
    if (without) body.set('without', '1');
    saying = record.tapped;
    return call(record.action, 'POST', {Accept: 'application/json'}, body).then(answer => { saying = 0; return answer; }, error => { saying = 0; throw error; });
  }

  /* The words alone; a promise of whether photos are wanted before the ticket. */
  async function announce(record) {
    tell(record, 'sending');
    const answer = await open(record, []);
    if (answer.status === 202) return true;
    await settle(record, answer);
    return false;
  }

  async function settle(record, answer) {
    if (answer.status === 201) {
      record.receipt = answer.headers.get('Location');
      await api.keep(record);
      return tell(record, 'open');
    }
    if (answer.status >= 500 || answer.status === 408) throw await later(answer, '站里这会儿收不下，急事请打值班电话。');
    const said = await told(answer);
    record.state = 'stuck';
    record.sentence = said.sentence || said.detail || '这条没有收下，请打值班电话。';
    record.instead = said.instead || null;
    if (record.instead && said.urgent && !record.moved) {
      move(record);
      record.state = 'waiting';
      await api.keep(record);
      return settle(record, await open(record, []));
    }
    await api.keep(record);
    tell(record, 'stuck');
  }

  /* To the station that stands in for one that was given up; the pin stays where it was. */
  function move(record) {
    const to = record.instead;
    record.fields = record.fields.filter(pair => pair[0] !== 'p' && pair[0] !== 'too').map(pair => {
      const part = pair[1].split(',');
      if (pair[0] !== 'pin' || part.length !== 4) return pair;
      return ['pin', [part[0], Number(part[1]) + to.east, Number(part[2]) + to.north, part[3]].join(',')];
    });
    Object.assign(record, {action: to.action, station: to.code, instead: null, moved: true});
  }

  async function follow(record) {
    if (!record.receipt) {
      let without = false;
      try {
        for (const photo of record.photos) await carry(record, photo);
      } catch (error) {
        // It may be an alarm: a full server or a bad line must not keep it.
        if (hurry || !(error.why || Math.abs(Date.now() - record.tapped) > MINUTE)) throw error;
        without = true;
      }
      await settle(record, await open(record, record.photos.filter(one => one.upload && !without).map(one => one.upload.split('/').pop()), without));
      if (!record.receipt) return;
    }
    for (const photo of record.photos) {
      if (photo.state) continue;
      tell(record, 'photos');
      await carry(record, photo);
      if (!photo.state) await attach(record, photo);
      await api.keep(record);
    }
    const refused = record.photos.filter(one => one.state !== 'done'), whys = new Set(refused.map(one => one.sentence));
    record.photos.forEach(one => api.dropPhoto(record.id, one.name));
    Object.assign(record, {
      state: 'sent', fields: [], photos: [], carried: record.photos.length, left: refused.map(one => one.left).join('.'),
      sentence: refused.length ? refused.length + ' 张照片没带上：' + Array.from(whys).join('') + '可以在回执上补一张。' : ''
    });
    await api.keep(record);
    tell(record, 'sent');
  }

  async function attach(record, photo) {
    const body = new FormData();
    body.set('client_id', record.id);
    body.set('upload', photo.upload.split('/').pop());
    const answer = await call('/report-photos', 'POST', {Accept: 'application/json'}, body);
    if (answer.status === 404) photo.upload = '';
    if (answer.status === 422) return refuse(photo, await answer.json().then(told => [told.left, told.detail], () => []));
    if (!answer.ok) throw await later(answer, NO_ROOM);
    photo.state = 'done';
  }

  /* Why it stays behind: a code for the receipt's address, and a sentence. */
  function refuse(photo, why) {
    photo.state = 'refused';
    photo.left = why[0] || 'not_taken';
    photo.sentence = why[1] || '没有收下。';
  }

  async function carry(record, photo) {
    const found = await read('photos', key(record.id, photo.name));
    // While the page still makes it smaller, the large one waits; not for ever, for the page may be gone.
    if ((!found || found.rough) && Math.abs(Date.now() - record.tapped) < SETTLED) throw new Error('later');
    if (!found) return refuse(photo, ['lost', '手机里找不到了。']);
    const data = new Blob([found.data], {type: found.type});
    if (photo.size !== data.size) photo.upload = '';
    let at = photo.upload ? await where(photo) : null;
    if (at === null) at = await begin(record, photo, data);
    while (at !== null && at < data.size) {
      const from = Date.now(), piece = data.slice(at, at + chunk);
      let answer;
      try {
        answer = await call(photo.upload, 'PATCH', {Accept: 'application/json', 'Tus-Resumable': TUS, 'Upload-Offset': String(at), 'Content-Type': 'application/offset+octet-stream'}, piece);
      } catch (error) {
        if (!hurry) chunk = Math.max(LEAST, chunk / 2);
        throw error;
      }
      if (answer.status !== 204 && answer.status !== 409) throw await later(answer, NO_ROOM);
      at = Number(answer.headers.get('Upload-Offset'));
      if (Date.now() - from < 1000) chunk = Math.min(MOST, chunk * 2);
      photo.part = at / data.size;
      tell(record, 'photos');
    }
  }

  async function where(photo) {
    const answer = await call(photo.upload, 'HEAD', {'Tus-Resumable': TUS});
    if (answer.status === 404) { photo.upload = ''; return null; }
    if (!answer.ok) throw await later(answer, NO_ROOM);
    return Number(answer.headers.get('Upload-Offset'));
  }

  async function begin(record, photo, data) {
    const about = 'report ' + btoa(record.id) + ',name ' + btoa(photo.name);
    const answer = await call('/uploads', 'POST', {Accept: 'application/json', 'Tus-Resumable': TUS, 'Upload-Length': String(data.size), 'Upload-Metadata': about});
    if (answer.status === 201) {
      photo.upload = answer.headers.get('Location');
      photo.size = data.size;
      await api.keep(record);
      return Number(answer.headers.get('Upload-Offset'));
    }
    if (answer.status >= 500 || answer.status === 429) throw await later(answer, NO_ROOM);
    refuse(photo, answer.status === 413 ? ['too_big', '照片文件太大。'] : []);
    return null;
  }

  /* ---- when ---- */
  const pending = one => one.state === 'waiting';
  /* Only one tab carries a report; where the browser knows no locks or denies them, the server knows it by its id. */
  function alone(id, deed) {
    if (!navigator.locks) return deed();
    let mine = false;
    return navigator.locks.request('cxz-' + id, {ifAvailable: true}, lock => {
      mine = true;
      return lock ? deed() : 'taken';
    }).catch(error => { if (mine) throw error; return deed(); });
  }

  async function run() {
    if (running) { again = true; return; }
    running = true;
    clearTimeout(timer);
    hurry = again = false;
    let late;
    try { late = await round(); } finally { running = false; }
    if (again) return run();
    if (!late.left.size) { tries = 0; return; }
    const pause = PAUSES[Math.min(tries++, PAUSES.length - 1)] * (0.5 + Math.random());
    timer = setTimeout(run, pause * 1000);
    late.left.forEach(async id => {
      const fresh = await api.get(id);
      if (fresh && pending(fresh) && !elsewhere.has(id)) tell(fresh, fresh.receipt ? 'photos-later' : 'later', Math.ceil(pause), late.reasons[id]);
    });
  }

  /* The words of all, then the photos of all; a promise of what is left, with the server's reasons. */
  async function round() {
    const reasons = {}, left = new Set(), first = new Set();
    for (const id of Array.from(elsewhere)) {
      const fresh = await get('reports', id);
      if (!fresh || !pending(fresh)) { elsewhere.delete(id); if (fresh) tell(fresh, fresh.state); }
    }
    // The newest first: it is what somebody waits for.
    const found = (await all()).filter(pending).sort((one, other) => other.tapped - one.tapped);
    const each = async deed => {
      for (const one of found) {
        if (hurry) { left.add(one.id); continue; }
        try {
          if (await alone(one.id, () => deed(one.id)) === 'taken') { left.add(one.id); elsewhere.add(one.id); }
        } catch (error) {
          left.add(one.id);
          reasons[one.id] = error.why || '';
        }
      }
    };
    await each(async id => {
      const fresh = await read('reports', id);
      if (fresh && pending(fresh) && !fresh.receipt && await announce(fresh)) first.add(id);
    });
    await each(async id => {
      const fresh = await read('reports', id);
      if (fresh && pending(fresh) && (fresh.receipt || first.has(id))) await follow(fresh);
    });
    return {left: left, reasons: reasons};
  }

  /* ---- what is seen ---- */
  function tell(record, what, pause, why) {
    const done = record.photos.filter(one => one.state).length, part = (record.photos.find(one => !one.state) || {}).part || 0;
    const news = {record: record, what: what, pause: pause || 0, why: why || '', done: done, total: record.photos.length, part: part};
    window.dispatchEvent(new CustomEvent('cxz-outbox', {detail: news}));
    if (!(onForm && onForm.elements.client_id.value === record.id)) show(news);
  }

  function show(news) {
    const record = news.record, mine = record.receipt && location.pathname === record.receipt.split('?')[0];
    const name = record.label ? '“' + record.label + '”' : '这条上报';
    const count = news.total > 1 ? ' ' + (news.done + 1) + '/' + news.total : '', much = Math.round(news.part * 100);
    const said = {
      sending: ['发送中', name + '正在发…', ''],
      later: ['未送达', name + (news.why ? '：' + news.why : '还没发出去，' + (api.holds(record) ? '已替你存好，' : '没存住，只在这一页里，先别关；') + '有网自己再发。'), 'note--warn'],
      stuck: ['未送达', name + '：' + record.sentence, 'note--warn'],
      open: ['已送达', name + '已收到。', 'note--ok'],
      photos: ['发送中', '已收到' + name + '，照片正在传' + count + (much ? ' · ' + much + '%' : ''), ''],
      'photos-later': ['未送达', '已收到' + name + '，' + (news.why || '照片还没传完，有网自己接着传。'), 'note--warn'],
      sent: ['已送达', name + (record.carried && !record.sentence ? '和照片都收到了。' : '已收到。') + record.sentence, record.sentence ? 'note--warn' : 'note--ok']
    }[news.what];
    if (!said || (mine && news.what === 'open')) return;
    if (!strip) {
      strip = document.createElement('div');
      strip.style.padding = '8px 16px 0';
      strip.setAttribute('role', 'status');
      const main = document.querySelector('main');
      main.parentNode.insertBefore(strip, main);
    }
    const id = 'out-' + record.id, old = document.getElementById(id), box = document.createElement('div');
    const text = document.createElement('span'), state = document.createElement('b');
    box.id = id;
    box.className = 'note ' + said[2];
    box.style.marginBottom = '8px';
    state.textContent = said[0];
    text.append(state, ' ', said[1] + ' ');
    const button = (label, deed) => {
      const made = document.createElement('button');
      made.type = 'button';
      made.className = 'btn btn--block';
      made.style.marginTop = '8px';
      made.textContent = label;
      made.onclick = () => deed(made);
      text.append(made);
    };
    if (record.receipt && !mine) {
      const link = document.createElement('a');
      link.href = record.receipt;
      link.textContent = '看回执';
      text.append(link);
    }
    if (news.what === 'later' || news.what === 'photos-later') button('现在再发', api.send);
    if (news.what === 'stuck') {
      button(record.instead ? '报给' + record.instead.name : '再试一次', () => api.again(record));
      button('不发了', made => {
        if (made.dataset.sure) return api.drop(record).then(() => box.remove());
        made.dataset.sure = '1';
        made.textContent = '再点一下就删掉';
      });
    }
    box.append(text);
    if (old) strip.replaceChild(box, old); else strip.append(box);
  }

  async function start() {
    await api.ready;
    const now = Date.now();
    for (const one of await all()) {
      const age = Math.abs(now - one.at);
      if ((one.state === 'draft' && age > DAY / 2) || (one.state === 'sent' && age > DAY)) await api.drop(one);
      else if (one.state === 'stuck') tell(one, 'stuck');
      // Where the address has it, the page itself says what stayed behind.
      else if (one.sentence && one.state === 'sent' && location.pathname === one.receipt.split('?')[0] && !/[?&]left=/.test(location.search)) tell(one, 'sent');
    }
    run();
  }
  window.addEventListener('online', api.send);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) run(); });
  start();
})();
