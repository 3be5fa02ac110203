/* The report's form with a script: smaller photos, a draft with them, sending by way of the outbox. ES2017 only. */
(function () {
  'use strict';
  const $ = found => document.querySelector(found), form = $('#report'), input = $('#photos'), outbox = window.cxzOutbox;
  const line = $('#line'), list = $('#previews'), button = $('#send span'), shoot = $('#shoot span');
  const most = Number(input.dataset.most), fields = form.elements, STAY = 2500;
  let photos = [], serial = 0, sent = null, going = false, timer = 0, saving = 0;

  const id = () => fields.client_id.value;
  const chosen = () => $('.tile__pick:checked');
  const typed = () => Array.from(form.querySelectorAll('input[id], textarea')).filter(one => one.type !== 'file');

  function say(words, kind, label) {
    line.hidden = !words;
    line.className = 'note ' + kind;
    line.textContent = words;
    button.textContent = label || '发送';
  }

  /* ---- the draft ---- */
  function draft() {
    const values = {};
    typed().forEach(one => {
      if (one.type === 'radio' || one.type === 'checkbox') { if (one.checked) values[one.id] = true; } else if (one.value) values[one.id] = one.value;
    });
    const kept = photos.map(one => ({name: one.name, state: ''}));
    return {id: id(), state: 'draft', station: form.dataset.station, at: Date.now(), values: values, photos: kept, pin: fields.pin.value};
  }

  /* At once, for the next moment may be a phone call; one at a time, however fast somebody types. */
  function save() {
    if (sent || going) return;
    if (saving) { saving = 2; return; }
    saving = 1;
    outbox.keep(draft()).then(() => {
      const more = saving > 1;
      saving = 0;
      if (more) save();
    });
  }

  async function restore() {
    await outbox.ready;
    if (!outbox.lasting) return say('这个窗口存不住草稿，照样能发；发完之前别关这一页。', 'note--warn');
    if (form.hasAttribute('data-again') || chosen()) return;
    const mine = (await outbox.all()).filter(one => one.state === 'draft' && one.station === form.dataset.station);
    const last = mine.sort((one, other) => other.at - one.at)[0];
    if (!last || chosen() || !(Object.keys(last.values).some(one => /^c-/.test(one)) || last.photos.length || last.values.words)) return;
    fields.client_id.value = last.id;
    fields.pin.value = last.pin || '';
    typed().forEach(one => {
      if (one.type === 'radio' || one.type === 'checkbox') { if (last.values[one.id]) one.checked = true; } else if (last.values[one.id]) one.value = last.values[one.id];
    });
    if ($('.tile__pick:checked+.is-folded')) $('#more').checked = true;
    for (const one of last.photos) {
      const data = await outbox.photo(last.id, one.name);
      if (!data) continue;
      const photo = {name: one.name, url: URL.createObjectURL(data), off: false, ready: null};
      photo.ready = data.rough ? smaller(photo, data) : Promise.resolve();
      photos.push(photo);
      serial = Math.max(serial, Number(one.name.replace(/\D/g, '')) || 0);
    }
    draw();
    form.dispatchEvent(new Event('restored'));
    say('上次写到一半的还在。', '');
    const off = document.createElement('button');
    off.type = 'button';
    off.className = 'btn btn--quiet';
    off.textContent = '不要了，重新写';
    off.onclick = () => outbox.drop(last).then(() => location.reload());
    line.append(off);
  }

  /* ---- photos ---- */
  function draw() {
    list.textContent = '';
    photos.forEach((photo, index) => {
      const make = tag => document.createElement(tag), name = '照片 ' + (index + 1);
      const item = make('li'), off = make('button'), word = make('b'), image = new Image();
      image.src = photo.url;
      image.alt = name;
      word.textContent = name;
      image.onerror = () => image.replaceWith(word);
      off.type = 'button';
      off.setAttribute('aria-label', '去掉' + name);
      off.onclick = () => {
        if (sent) return;
        photos = photos.filter(one => one !== photo);
        photo.off = true;
        URL.revokeObjectURL(photo.url);
        outbox.dropPhoto(id(), photo.name);
        save();
        draw();
      };
      item.append(image, off);
      list.append(item);
    });
    shoot.textContent = '照片' + (photos.length ? ' ' + photos.length : '');
  }

  function smaller(photo, file) {
    return shrinkPhoto(file, photo.url).then(data => {
      if (!photo.off) return outbox.keepPhoto(id(), photo.name, data).then(() => { if (sent) outbox.send(); });
    });
  }

  input.addEventListener('change', () => {
    const files = Array.from(input.files), room = most - photos.length, own = id();
    files.slice(0, room).forEach(file => {
      const photo = {name: 'photo-' + (++serial), url: URL.createObjectURL(file), off: false};
      // As it is first: the phone may ring before it has become smaller.
      photo.ready = outbox.keepPhoto(own, photo.name, file, true).then(save).then(() => smaller(photo, file));
      photos.push(photo);
    });
    input.value = '';
    say(files.length > room ? '最多带 ' + most + ' 张照片，前面的留下了。' : '', 'note--warn');
    draw();
  });

  /* ---- sending ---- */
  function fresh() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return btoa(String.fromCharCode.apply(null, bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  }

  /* The same id only for the same content: what another tab has sent already must not swallow this. */
  async function ownId() {
    const known = await outbox.get(id());
    if (!known || known.state === 'draft') return;
    const before = id();
    fields.client_id.value = fresh();
    for (const photo of photos) {
      await photo.ready;
      const data = await outbox.photo(before, photo.name);
      if (data) await outbox.keepPhoto(id(), photo.name, data);
    }
  }

  async function submit(by) {
    const too = by && by.name === 'too' ? by.value : '', tile = chosen();
    if (!too && !tile) {
      say('请先点一下：看到了什么？', 'note--warn');
      return scrollTo(0, 0);
    }
    going = true;
    form.classList.add('is-busy');
    say('发送中…', '', '发送中…');
    await ownId();
    // An alarm waits for no photo; anything else for a moment, that its photos may be small.
    const calm = tile && !$('label[for="' + tile.id + '"].tile--danger');
    if (calm) await Promise.race([Promise.all(photos.map(one => one.ready)), new Promise(done => setTimeout(done, 1500))]);
    const body = new FormData(form), pairs = [];
    ['photos', 'too', 'without'].forEach(name => body.delete(name));
    body.forEach((value, name) => pairs.push([name, value]));
    if (by && /^(too|without)$/.test(by.name)) pairs.push([by.name, by.value]);
    const some = tile && tile.classList.contains('is-photoless') ? [] : photos;
    sent = {
      id: id(), state: 'waiting', station: form.dataset.station, action: form.getAttribute('action'), fields: pairs,
      label: tile ? $('label[for="' + tile.id + '"]').textContent.trim() : '', photos: some.map(one => ({name: one.name, upload: '', state: ''})),
      at: Date.now(), tapped: Date.now(), receipt: '', sentence: ''
    };
    await outbox.keep(sent);
    going = false;
    outbox.send();
  }

  function leave(to) {
    clearTimeout(timer);
    location.replace(to);
  }

  window.addEventListener('cxz-outbox', event => {
    const news = event.detail, record = news.record;
    if (!sent || record.id !== sent.id) return;
    const count = news.total > 1 ? ' ' + (news.done + 1) + '/' + news.total : '';
    if (news.what === 'sending') say('发送中…', '', '发送中…');
    if (news.what === 'later') {
      const stay = outbox.lasting ? '离开也行，下次打开小站的页面会接着发。' : '这一页先别关。';
      say('未送达，已替你存好，' + news.pause + ' 秒后自己再发。' + stay, 'note--warn', '现在再试');
    }
    if (news.what === 'stuck') say(record.sentence, 'note--bad', '再试一次');
    if (/^photos/.test(news.what)) say('已送达，照片正在传' + count + '…', 'note--ok', '看回执');
    if (record.receipt && news.what !== 'sent' && !timer) {
      // Whoever must not wait goes on; the photos follow from the receipt's page.
      const small = Promise.all(photos.map(one => one.ready));
      timer = setTimeout(() => { if (outbox.lasting) small.then(() => leave(record.receipt)); }, STAY);
    }
    if (news.what === 'sent') leave(record.receipt + (record.sentence && !/left=/.test(record.receipt) ? '&left=refused' : ''));
  });

  form.addEventListener('submit', event => {
    event.preventDefault();
    if (going) return;
    if (!sent) return submit(event.submitter || document.activeElement);
    if (sent.receipt && outbox.lasting) return leave(sent.receipt);
    outbox.get(sent.id).then(one => {
      if (one && one.state === 'stuck') { one.state = 'waiting'; return outbox.keep(one); }
    }).then(outbox.send);
  });

  /* A plate that looks odd gets a question beside it, and is sent as it stands. */
  form.addEventListener('change', event => {
    const field = event.target;
    if (field.name !== 'answer_plate') return;
    const hint = field.parentNode.querySelector('small');
    hint.textContent = '';
    if (!field.value.trim()) return;
    fetch('/plate-hint?plate=' + encodeURIComponent(field.value)).then(answer => answer.json()).then(told => {
      hint.textContent = told.hint || '记为 ' + told.shown;
    }).catch(() => undefined);
  });

  form.addEventListener('input', save);
  form.addEventListener('pinned', save);
  // A page brought back by the browser's own memory is the page of a report that has gone.
  window.addEventListener('pageshow', event => { if (event.persisted) location.reload(); });
  form.classList.add('is-live');
  restore();
})();
