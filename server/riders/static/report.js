/* The report's form with a script: smaller photos, a draft with them, sending by way of the outbox. ES2017 only.
   Where the outbox did not arrive, or anything here breaks, the plain form goes. */
(function () {
  'use strict';
  const $ = found => document.querySelector(found), form = $('#report'), input = $('#photos'), outbox = window.cxzOutbox;
  const line = $('#line'), list = $('#previews'), button = $('#send span'), shoot = $('#shoot span');
  if (!outbox) return;
  const most = Number(input.dataset.most), fields = form.elements, STAY = 2500, MOMENT = 1500;
  const UNKEPT = '这个窗口存不住草稿，照样能发；发完之前别关这一页。';
  let photos = [], serial = 0, sent = null, going = false, timer = 0, saving = 0, first = fields.client_id.value, pressed = null;

  const id = () => fields.client_id.value;
  const kept = () => outbox.lasting && outbox.holds({id: id(), photos: photos});
  const moment = () => new Promise(done => setTimeout(done, MOMENT));
  const chosen = () => $('.tile__pick:checked');
  const typed = () => Array.from(form.querySelectorAll('input[id], textarea')).filter(one => one.type !== 'file');

  function say(words, kind, label) {
    line.hidden = !words;
    line.className = 'note ' + kind;
    line.textContent = words;
    button.textContent = label || '发送';
  }

  /* What the phone does not keep is said when it is so, and not longer. */
  function warn() {
    if (sent || going) return;
    if (kept()) { if (line.textContent === UNKEPT) say(''); } else if (line.textContent.indexOf(UNKEPT) < 0) say(UNKEPT, 'note--warn');
  }

  function busy(yes) {
    form.classList.toggle('is-busy', yes);
    form.querySelectorAll('[name=too], [name=without]').forEach(one => { one.disabled = yes; });
  }

  /* ---- the draft ---- */
  function draft() {
    const values = {};
    typed().forEach(one => {
      if (one.type === 'radio' || one.type === 'checkbox') { if (one.checked) values[one.id] = true; } else if (one.value) values[one.id] = one.value;
    });
    const names = photos.map(one => ({name: one.name, state: ''}));
    return {id: id(), state: 'draft', station: form.dataset.station, at: Date.now(), values: values, photos: names, pin: fields.pin.value};
  }

  /* At once, for the next moment may be a phone call; one at a time, however fast somebody types. */
  function save() {
    if (sent || going) return;
    if (saving) { saving = 2; return; }
    saving = 1;
    outbox.draft(draft()).then(how => {
      if (how === 'gone' && !sent && !going) { saving = 2; return moveAway(); }
    }).catch(() => undefined).then(() => {
      const more = saving > 1;
      saving = 0;
      warn();
      if (more) save();
    });
  }

  async function restore() {
    await outbox.ready;
    if (!outbox.lasting) return warn();
    if (form.hasAttribute('data-again') || chosen() || photos.length) return;
    const mine = (await outbox.all()).filter(one => one.state === 'draft' && one.station === form.dataset.station);
    const last = mine.sort((one, other) => other.at - one.at)[0];
    if (!last || chosen() || photos.length || !(Object.keys(last.values).some(one => /^c-/.test(one)) || last.photos.length || last.values.words)) return;
    fields.client_id.value = first = last.id;
    fields.pin.value = last.pin || '';
    typed().forEach(one => {
      if (one.type === 'radio' || one.type === 'checkbox') { if (last.values[one.id]) one.checked = true; } else if (last.values[one.id]) one.value = last.values[one.id];
    });
    if ($('.tile__pick:checked+.is-folded')) $('#more').checked = true;
    for (const one of last.photos) {
      const data = await outbox.photo(last.id, one.name);
      if (!data) continue;
      const photo = {name: one.name, file: data, url: URL.createObjectURL(data), off: false, ready: null};
      photo.ready = data.rough ? smaller(photo, data) : Promise.resolve();
      photos.push(photo);
      serial = Math.max(serial, parseInt(one.name.slice(6), 10) || 0);
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

  /* Never rejects: a photo must not stop what it belongs to. */
  function smaller(photo, file) {
    const made = window.shrinkPhoto ? shrinkPhoto(file, photo.url) : Promise.resolve(file);
    return made.then(data => photo.off || outbox.keepPhoto(id(), photo.name, photo.file = data)).then(() => {
      if (sent) outbox.send(); else warn();
    }).catch(() => undefined);
  }

  function take() {
    const files = Array.from(input.files), room = most - photos.length, own = id();
    files.slice(0, room).forEach(file => {
      // A name of its own: another tab with the same draft must not take this one for its photo.
      const photo = {name: 'photo-' + (++serial) + '-' + fresh().slice(0, 6), file: file, url: URL.createObjectURL(file), off: false};
      // As it is first: the phone may ring before it has become smaller.
      photo.ready = outbox.keepPhoto(own, photo.name, file, true).then(save, () => undefined).then(() => smaller(photo, file));
      photos.push(photo);
    });
    input.value = '';
    say((files.length > room ? '最多带 ' + most + ' 张照片，前面的留下了。' : '') + (kept() ? '' : UNKEPT), 'note--warn');
    draw();
  }
  input.addEventListener('change', take);

  /* ---- sending ---- */
  function fresh() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return btoa(String.fromCharCode.apply(null, bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  }

  /* What a report says, as a short mark: tokens that differ from page to page do not count. */
  function mark(pairs) {
    const said = pairs.filter(pair => !/^(client_id|p)$/.test(pair[0])).map(pair => pair[0] === 'too' ? ['too'] : pair);
    const text = JSON.stringify([said, photos.map(one => one.name)]);
    let one = 0x811C9DC5, other = 0x5BD1E995;
    for (let at = 0; at < text.length; at++) {
      one = Math.imul(one ^ text.charCodeAt(at), 0x01000193);
      other = Math.imul(other ^ text.charCodeAt(at), 0x85EBCA6B) ^ other >>> 13;
    }
    return [one >>> 0, other >>> 0, text.length].join('-');
  }

  /* An id of its own, with the photos: what another tab has sent under the old one must not swallow this. */
  async function moveAway() {
    const before = id(), now = fields.client_id.value = fresh();
    for (const photo of photos) {
      const data = await outbox.photo(before, photo.name);
      if (data && !(await outbox.photo(now, photo.name))) await outbox.keepPhoto(now, photo.name, data, data.rough);
    }
  }

  /* The report as another tab has sent it already, word for word; else null, and this one has an id that is free. */
  async function already(digest, calm) {
    const known = await outbox.get(first);
    if (!known || known.state === 'draft' || known.state === 'stuck') return null;
    if (known.digest === digest) return known;
    if (id() === first) await (calm ? moveAway() : Promise.race([moveAway(), moment()]));
    return null;
  }

  async function submit(by) {
    const too = by && by.name === 'too' ? by.value : '', tile = chosen();
    if (!too && !tile) {
      say('请先点一下：看到了什么？', 'note--warn');
      return scrollTo(0, 0);
    }
    going = true;
    busy(true);
    say('发送中…', '', '发送中…');
    // An alarm waits for no photo; anything else for a moment, that its photos may be small.
    const calm = tile && !$('label[for="' + tile.id + '"].tile--danger');
    try {
      await post(by, tile, calm);
    } catch (error) {
      plain(by, calm);
    }
  }

  async function post(by, tile, calm) {
    const body = new FormData(form), pairs = [];
    ['photos', 'too', 'without'].forEach(name => body.delete(name));
    body.forEach((value, name) => pairs.push([name, value]));
    if (by && /^(too|without)$/.test(by.name)) pairs.push([by.name, by.value]);
    const digest = mark(pairs), known = await already(digest, calm);
    if (known && known.state === 'sent') return leave(known.receipt);
    if (calm) await Promise.race([Promise.all(photos.map(one => one.ready)), moment()]);
    const some = tile && tile.classList.contains('is-photoless') ? [] : photos;
    sent = known || {
      id: id(), state: 'waiting', station: form.dataset.station, action: form.getAttribute('action'),
      fields: pairs.map(pair => pair[0] === 'client_id' ? [pair[0], id()] : pair), digest: digest,
      label: tile ? $('label[for="' + tile.id + '"]').textContent.trim() : '', photos: some.map(one => ({name: one.name, upload: '', state: ''})),
      at: Date.now(), tapped: Date.now(), receipt: '', sentence: ''
    };
    if (!known) await outbox.keep(sent);
    going = false;
    outbox.send().catch(() => plain(by, calm));
  }

  /* As if there were no script. An alarm goes without its photos, for here they would come before its words. */
  function plain(by, calm) {
    try {
      const bag = new DataTransfer();
      if (calm) photos.forEach(one => bag.items.add(new File([one.file], one.name + '.jpg', {type: one.file.type})));
      input.files = bag.files;
    } catch (error) { /* an old browser: the words alone */ }
    if (by && by.name) {
      const field = document.createElement('input');
      Object.assign(field, {type: 'hidden', name: by.name, value: by.value});
      form.append(field);
    }
    sent = null;
    going = false;
    busy(false);
    form.submit();
  }

  function leave(to) {
    clearTimeout(timer);
    location.replace(to);
  }

  window.addEventListener('cxz-outbox', event => {
    const news = event.detail, record = news.record;
    if (!sent || record.id !== sent.id) return;
    const count = news.total > 1 ? ' ' + (news.done + 1) + '/' + news.total : '', safe = outbox.lasting && outbox.holds(record);
    sent.receipt = record.receipt;
    if (news.what === 'sending') say('发送中…', '', '发送中…');
    if (news.what === 'later') {
      const stay = safe ? '离开也行，下次打开小站的页面会接着发。' : '没存住，只在这一页里，先别关。';
      say('未送达，' + (news.why || (safe ? '已替你存好，' : '')) + news.pause + ' 秒后自己再发。' + stay, 'note--warn', '现在再试');
    }
    if (news.what === 'stuck') {
      say(record.sentence, 'note--bad', record.instead ? '报给' + record.instead.name : '再试一次');
      // Something else may be more urgent, and is let through.
      if (!record.instead) { sent = null; busy(false); }
    }
    if (/^photos/.test(news.what)) {
      const how = news.what === 'photos' ? '照片正在传' + count + '…' : news.why || '照片还没传完，有网自己接着传。';
      say('已送达，' + how, news.why ? 'note--warn' : 'note--ok', safe ? '看回执' : '照片再传一次');
      if (!safe) {
        const link = document.createElement('a');
        link.href = record.receipt;
        link.textContent = '不等照片，看回执';
        line.append(link);
      }
    }
    if (record.receipt && news.what !== 'sent' && !timer) {
      // Whoever must not wait goes on; the photos follow from the receipt's page.
      const small = Promise.all(photos.map(one => one.ready));
      timer = setTimeout(() => { if (safe) small.then(() => leave(record.receipt)); }, STAY);
    }
    if (news.what === 'sent') leave(record.receipt + (record.left && !/left=/.test(record.receipt) ? '&left=' + record.left : ''));
  });

  form.addEventListener('submit', event => {
    event.preventDefault();
    if (going) return;
    if (!sent) return submit(event.submitter || pressed);
    if (sent.receipt && outbox.lasting && outbox.holds(sent)) return leave(sent.receipt);
    outbox.get(sent.id).then(one => one && one.state === 'stuck' ? outbox.again(one) : outbox.send());
  });
  // Some phones do not say which button sent a form; Enter presses the first.
  form.addEventListener('click', event => { pressed = event.target.closest('button') || pressed; });

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

  form.addEventListener('input', () => {
    if (!sent && !going) button.textContent = '发送';
    save();
  });
  form.addEventListener('pinned', save);
  // A page brought back by the browser's own memory is the page of a report that has gone.
  window.addEventListener('pageshow', event => { if (event.persisted) location.reload(); });
  form.classList.add('is-live');
  // Chosen while this script was still on its way.
  if (input.files.length) take();
  restore();
})();
