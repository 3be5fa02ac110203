/* What this phone still has to deliver: reports and their photos, kept in IndexedDB until the server has them.
   On every rider page, so that whoever comes back delivers what was left. ES2017, no build step. */
(function () {
  'use strict';
  const PAUSES = [2, 5, 10, 20, 40, 60], DAY = 86400000, PATIENCE = 30000, TUS = '1.0.0';
  const LEAST = 32768, MOST = 1048576;
  const onForm = document.getElementById('report');
  let chunk = 131072, tries = 0, timer = 0, running = false, again = false, strip = null;

  /* ---- storage: two stores, or this page's memory where the browser gives none ---- */
  const memory = {reports: {}, photos: {}};
  const opened = new Promise(done => {
    let request = null;
    try { request = indexedDB.open('cxz-outbox', 1); } catch (e) { return done(null); }
    if (!request) return done(null);
    request.onupgradeneeded = () => ['reports', 'photos'].forEach(name => request.result.createObjectStore(name, {keyPath: 'id'}));
    request.onerror = request.onblocked = () => done(null);
    request.onsuccess = () => done(request.result);
  });

  function ask(store, mode, deed, instead) {
    return opened.then(base => base ? new Promise((done, failed) => {
      const work = base.transaction(store, mode), request = deed(work.objectStore(store));
      work.oncomplete = () => done(request.result);
      work.onerror = work.onabort = () => failed(work.error);
    }).catch(instead) : instead());
  }
  const put = (store, one) => ask(store, 'readwrite', at => at.put(one), () => { memory[store][one.id] = one; api.lasting = false; });
  const get = (store, id) => memory[store][id] ? Promise.resolve(memory[store][id]) : ask(store, 'readonly', at => at.get(id), () => undefined);
  const cut = (store, id) => { delete memory[store][id]; return ask(store, 'readwrite', at => at.delete(id), () => undefined); };
  const all = () => ask('reports', 'readonly', at => at.getAll(), () => []).then(found =>
    (found || []).filter(one => !memory.reports[one.id]).concat(Object.keys(memory.reports).map(id => memory.reports[id])));
  const key = (id, name) => id + '/' + name;

  const api = window.cxzOutbox = {
    lasting: true,
    ready: opened.then(base => { api.lasting = !!base; }),
    all: all,
    get: id => get('reports', id),
    keep: record => put('reports', record),
    /* As bytes: some browsers cannot keep a Blob. `rough`: not yet made smaller. */
    keepPhoto: (id, name, data, rough) => new Response(data).arrayBuffer()
      .then(bytes => put('photos', {id: key(id, name), data: bytes, type: data.type, rough: !!rough})),
    photo: (id, name) => get('photos', key(id, name)).then(found => found && Object.assign(new Blob([found.data], {type: found.type}), {rough: found.rough})),
    dropPhoto: (id, name) => cut('photos', key(id, name)),
    drop: record => Promise.all((record.photos || []).map(one => cut('photos', key(record.id, one.name)))).then(() => cut('reports', record.id)),
    send: () => { tries = 0; return run(); }
  };

  /* ---- one report to the server: its words first, then its photos, each in pieces ---- */
  function call(address, method, headers, body) {
    const stop = window.AbortController ? new AbortController() : null;
    const alarm = setTimeout(() => stop && stop.abort(), PATIENCE);
    return fetch(address, {method: method, headers: headers, body: body, credentials: 'same-origin', signal: stop ? stop.signal : undefined})
      .then(answer => { clearTimeout(alarm); return answer; }, error => { clearTimeout(alarm); throw error; });
  }

  function words(answer) {
    return answer.json().then(told => told.sentence || told.detail || '', () => '');
  }

  async function open(record, uploaded) {
    const body = new FormData();
    record.fields.forEach(pair => body.append(pair[0], pair[1]));
    body.set('coming', record.photos.length);
    body.set('waited', Math.max(0, Date.now() - record.tapped));
    uploaded.forEach(one => body.append('upload', one));
    return call(record.action, 'POST', {Accept: 'application/json'}, body);
  }

  async function deliver(record) {
    if (!record.receipt) {
      tell(record, 'sending');
      let answer = await open(record, []);
      if (answer.status === 202) {
        for (const photo of record.photos) await carry(record, photo);
        answer = await open(record, record.photos.filter(one => one.upload).map(one => one.upload.split('/').pop()));
      }
      if (answer.status !== 201) {
        if (answer.status >= 500 || answer.status === 408) throw new Error('later');
        record.state = 'stuck';
        record.sentence = await words(answer) || '这条没有收下，请打值班电话。';
        await api.keep(record);
        return tell(record, 'stuck');
      }
      record.receipt = answer.headers.get('Location');
      await api.keep(record);
      tell(record, 'open');
    }
    for (const photo of record.photos) {
      if (photo.state) continue;
      tell(record, 'photos');
      await carry(record, photo);
      if (!photo.state) await attach(record, photo);
      await api.keep(record);
    }
    const refused = record.photos.filter(one => one.state !== 'done');
    record.photos.forEach(one => api.dropPhoto(record.id, one.name));
    Object.assign(record, {state: 'sent', fields: [], photos: [], carried: record.photos.length, sentence: refused.length ? refused.length + ' 张照片没带上：' + refused[0].sentence : ''});
    await api.keep(record);
    tell(record, 'sent');
  }

  async function attach(record, photo) {
    const body = new FormData();
    body.set('client_id', record.id);
    body.set('upload', photo.upload.split('/').pop());
    const answer = await call('/report-photos', 'POST', {Accept: 'application/json'}, body);
    if (answer.status === 404) photo.upload = '';
    if (answer.status === 422) { photo.state = 'refused'; photo.sentence = await words(answer); return; }
    if (!answer.ok) throw new Error('later');
    photo.state = 'done';
  }

  async function carry(record, photo) {
    const found = await get('photos', key(record.id, photo.name));
    // While the page still makes it smaller, the large one waits; not for ever, for the page may be gone.
    if (found && found.rough && Math.abs(Date.now() - record.tapped) < 15000) throw new Error('later');
    if (!found) {
      photo.state = 'refused';
      photo.sentence = '手机里找不到了，可以在回执上补一张。';
      return;
    }
    const data = new Blob([found.data], {type: found.type});
    if (photo.size !== data.size) photo.upload = '';
    let at = photo.upload ? await where(photo) : null;
    if (at === null) at = await begin(record, photo, data);
    while (at !== null && at < data.size) {
      const from = Date.now(), piece = data.slice(at, at + chunk);
      let answer;
      try {
        answer = await call(photo.upload, 'PATCH', {'Tus-Resumable': TUS, 'Upload-Offset': String(at), 'Content-Type': 'application/offset+octet-stream'}, piece);
      } catch (error) {
        chunk = Math.max(LEAST, chunk / 2);
        throw error;
      }
      if (answer.status !== 204 && answer.status !== 409) throw new Error('later');
      at = Number(answer.headers.get('Upload-Offset'));
      if (Date.now() - from < 1000) chunk = Math.min(MOST, chunk * 2);
      photo.part = at / data.size;
      tell(record, 'photos');
    }
  }

  async function where(photo) {
    const answer = await call(photo.upload, 'HEAD', {'Tus-Resumable': TUS});
    if (answer.status === 404) { photo.upload = ''; return null; }
    if (!answer.ok) throw new Error('later');
    return Number(answer.headers.get('Upload-Offset'));
  }

  async function begin(record, photo, data) {
    const about = 'report ' + btoa(record.id) + ',name ' + btoa(photo.name);
    const answer = await call('/uploads', 'POST', {'Tus-Resumable': TUS, 'Upload-Length': String(data.size), 'Upload-Metadata': about});
    if (answer.status === 201) {
      photo.upload = answer.headers.get('Location');
      photo.size = data.size;
      await api.keep(record);
      return Number(answer.headers.get('Upload-Offset'));
    }
    if (answer.status >= 500 || answer.status === 429) throw new Error('later');
    photo.state = 'refused';
    photo.sentence = answer.status === 413 ? '照片文件太大。' : '没有收下。';
    return null;
  }

  /* ---- when ---- */
  const pending = one => one.state === 'waiting';
  /* Only one tab carries a report; where the browser knows no locks, the server knows it by its id. */
  const alone = (id, deed) => navigator.locks ? navigator.locks.request('cxz-' + id, {ifAvailable: true}, lock => lock ? deed() : 'taken') : deed();

  async function run() {
    if (running) { again = true; return; }
    running = true;
    clearTimeout(timer);
    let left = false;
    const elsewhere = [];
    // The newest first: it is what somebody waits for. Photos of all come after the words of all.
    const found = (await all()).filter(pending).sort((one, other) => !!one.receipt - !!other.receipt || other.tapped - one.tapped);
    for (const one of found) {
      try {
        const how = await alone(one.id, async () => {
          const fresh = await api.get(one.id);
          if (fresh && pending(fresh)) await deliver(fresh);
          else if (fresh) tell(fresh, fresh.state);
        });
        if (how === 'taken') { left = true; elsewhere.push(one.id); }
      } catch (error) {
        left = true;
      }
    }
    running = false;
    if (again) { again = false; return run(); }
    if (left) {
      const pause = PAUSES[Math.min(tries++, PAUSES.length - 1)] * (0.5 + Math.random());
      timer = setTimeout(run, pause * 1000);
      found.forEach(async one => {
        const fresh = await api.get(one.id);
        if (fresh && pending(fresh) && !elsewhere.includes(one.id)) tell(fresh, fresh.receipt ? 'photos-later' : 'later', Math.ceil(pause));
      });
    } else tries = 0;
  }

  /* ---- what is seen ---- */
  function tell(record, what, pause) {
    const done = record.photos.filter(one => one.state).length, part = (record.photos.find(one => !one.state) || {}).part || 0;
    const news = {record: record, what: what, pause: pause || 0, done: done, total: record.photos.length, part: part};
    window.dispatchEvent(new CustomEvent('cxz-outbox', {detail: news}));
    if (!(onForm && onForm.elements.client_id.value === record.id)) show(news);
  }

  function show(news) {
    const record = news.record, mine = record.receipt && location.pathname === record.receipt.split('?')[0];
    const name = record.label ? '“' + record.label + '”' : '这条上报';
    const count = news.total > 1 ? ' ' + (news.done + 1) + '/' + news.total : '', much = Math.round(news.part * 100);
    const said = {
      sending: ['发送中', name + '正在发…', ''],
      later: ['未送达', name + '还没发出去，已替你存好，有网自己再发。', 'note--warn'],
      stuck: ['未送达', name + '：' + record.sentence, 'note--warn'],
      open: ['已送达', name + '已收到。', 'note--ok'],
      photos: ['发送中', '已收到' + name + '，照片正在传' + count + (much ? ' · ' + much + '%' : ''), ''],
      'photos-later': ['未送达', '已收到' + name + '，照片还没传完，有网自己接着传。', 'note--warn'],
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
      button('再试一次', () => { record.state = 'waiting'; api.keep(record).then(api.send); });
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
      else if (one.state === 'sent' && one.sentence && one.receipt && location.pathname === one.receipt.split('?')[0]) tell(one, 'sent');
    }
    run();
  }
  window.addEventListener('online', api.send);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) run(); });
  start();
})();
