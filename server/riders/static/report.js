/* The report's form with a script: smaller photos, a draft, sending again by itself. ES2017 only. */
(function () {
  'use strict';
  const $ = found => document.querySelector(found), form = $('#report'), input = $('#photos');
  const line = $('#line'), list = $('#previews'), button = $('#send span'), shoot = $('#shoot span');
  const key = 'cxz-draft-' + form.dataset.station, most = Number(input.dataset.most);
  const fields = form.elements, kept = ['category', 'place', 'other_place', 'words', 'client_id'];
  Array.from(fields).forEach(one => { if (/^answer_/.test(one.name) && !kept.includes(one.name)) kept.push(one.name); });
  const PAUSES = [3, 5, 10, 20, 30, 60], HOUR = 3600000, SENDING = '发送中… ';
  let photos = [], body = null, busy = false, tries = 0, timer = 0;

  function say(words, kind, label) {
    line.hidden = !words;
    line.className = 'note ' + kind;
    line.textContent = words;
    button.textContent = label || '发送';
  }

  function save(tried) {
    const draft = {at: Date.now(), tried: tried};
    kept.forEach(name => { draft[name] = fields[name].value; });
    try { localStorage.setItem(key, JSON.stringify(draft)); } catch (e) { /* the page holds it */ }
  }

  function restore() {
    let draft = null;
    try { draft = JSON.parse(localStorage.getItem(key)); } catch (e) { /* none */ }
    if (!draft || form.hasAttribute('data-again') || Date.now() - draft.at > (draft.tried ? 24 : 0.5) * HOUR) return;
    const fresh = fields.client_id.value;
    // The same id only for the same content: a changed report must not vanish behind an old receipt.
    const renew = () => { fields.client_id.value = fresh; };
    kept.forEach(name => { if (draft[name]) fields[name].value = draft[name]; });
    if ($('.tile__pick:checked+.is-folded')) $('#more').checked = true;
    if (!draft.tried) return renew();
    form.addEventListener('input', renew);
    say('上次没发出去的内容还在，照片要再选一次。', 'note--warn');
  }

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
      off.onclick = () => { if (!body) { photos = photos.filter(one => one !== photo); draw(); } };
      item.append(image, off);
      list.append(item);
    });
    shoot.textContent = '照片' + (photos.length ? ' ' + photos.length : '');
  }

  input.addEventListener('change', () => {
    const chosen = Array.from(input.files), room = most - photos.length;
    chosen.slice(0, room).forEach(file => {
      const photo = {data: file, url: URL.createObjectURL(file)};
      photo.ready = shrinkPhoto(file, photo.url).then(data => { photo.data = data; });
      photos.push(photo);
    });
    input.value = '';
    say(chosen.length > room ? '最多带 ' + most + ' 张照片，前面的留下了。' : '', 'note--warn');
    draw();
  });

  function later() {
    const pause = PAUSES[Math.min(tries++, PAUSES.length - 1)];
    busy = false;
    say('没发出去，已替你存好。这一页先别关，' + pause + ' 秒后自己再发。', 'note--warn', '现在再试');
    timer = setTimeout(send, pause * 1000);
  }

  function send() {
    if (busy || !body) return;
    clearTimeout(timer);
    busy = true;
    say(SENDING, '', SENDING);
    const request = new XMLHttpRequest();
    request.open('POST', form.action);
    request.setRequestHeader('Accept', 'application/json, text/html');
    request.timeout = 120000;
    request.upload.onprogress = step => { line.textContent = SENDING + Math.round(step.loaded / step.total * 100) + '%'; };
    request.onerror = request.ontimeout = later;
    request.onload = () => {
      if (request.status === 201) {
        try { localStorage.removeItem(key); } catch (e) { /* none */ }
        location.replace(request.getResponseHeader('Location'));
      } else if (request.status >= 500 || request.status === 429 || !request.responseText) later();
      else {
        // The server's page has the sentence and everything typed.
        document.open();
        document.write(request.responseText);
        document.close();
        scrollTo(0, 0);
      }
    };
    request.send(body);
  }

  form.addEventListener('submit', event => {
    event.preventDefault();
    if (busy) return;
    if (body) return send();
    const by = event.submitter || document.activeElement;
    busy = true;
    save(true);
    form.classList.add('is-busy');
    say(SENDING, '', SENDING);
    Promise.all(photos.map(photo => photo.ready)).then(() => {
      body = new FormData(form);
      body.delete('photos');
      if (by && by.name === 'without') body.set('without', '1');
      photos.forEach((photo, index) => body.append('photos', photo.data, 'photo-' + index));
      busy = false;
      send();
    });
  });
  form.addEventListener('input', () => save(false));
  window.addEventListener('online', send);
  form.classList.add('is-live');
  restore();
})();
