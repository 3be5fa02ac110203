/* The report's form with a script: smaller photos, previews, a draft, and sending again by itself. ES2017, old WebViews. */
(function () {
  'use strict';
  var SIDE = 1600, QUALITY = 0.82, BACKOFF = [3, 5, 10, 20, 30, 60], DAY = 86400000;
  var form = document.getElementById('report'), input = document.getElementById('photos');
  if (!form || !window.FormData || !window.Promise) return;
  var line = document.getElementById('line'), list = document.getElementById('previews');
  var button = document.getElementById('send'), shoot = document.getElementById('shoot').querySelector('span');
  var key = 'cxz-draft-' + form.dataset.station, most = Number(input.dataset.most);
  var photos = [], busy = false, tries = 0, timer = 0, body = null;

  function say(words, again) {
    line.hidden = !words;
    line.className = 'note ' + (again ? 'note--warn' : 'note--ok');
    line.textContent = words;
    button.lastElementChild.textContent = again ? '现在再试' : busy ? '发送中…' : '发送';
  }

  /* The draft: words and choices stay on this phone until they are sent. */
  function each(visit) {
    ['category', 'place', 'other_place', 'words', 'client_id'].forEach(function (name) { visit(name, form.elements[name]); });
  }
  function save(tried) {
    var draft = {at: Date.now(), tried: tried};
    each(function (name, field) { draft[name] = field.value; });
    try { localStorage.setItem(key, JSON.stringify(draft)); } catch (full) { /* private mode: the page itself still holds it */ }
  }
  function forget() { try { localStorage.removeItem(key); } catch (full) { /* nothing was kept */ } }
  function restore() {
    var draft = null;
    try { draft = JSON.parse(localStorage.getItem(key)); } catch (broken) { return; }
    if (!draft || !(Date.now() - draft.at < DAY) || form.hasAttribute('data-again')) return;
    var fresh = form.elements.client_id.value;
    each(function (name, field) { if (draft[name]) field.value = draft[name]; });
    // The same id only for the same content: a changed report is a new one and must not vanish behind an old receipt.
    var renew = function () { form.elements.client_id.value = fresh; };
    if (draft.tried) {
      form.addEventListener('input', renew);
      say('上次没发出去的内容还在，照片要再选一次。', true);
      button.lastElementChild.textContent = '发送';
    } else renew();
  }

  /* Photos: at most 1600 pixels, or the original when this phone cannot do it properly. */
  function upright() { return window.CSS && CSS.supports && CSS.supports('image-orientation', 'from-image'); }
  function picture(url) {
    return new Promise(function (done, failed) {
      var image = new Image();
      image.onload = function () { done(image); };
      image.onerror = failed;
      image.src = url;
    });
  }
  function shrink(photo) {
    if (!upright()) return Promise.resolve();
    return picture(photo.url).then(function (image) {
      var scale = Math.min(1, SIDE / Math.max(image.naturalWidth, image.naturalHeight));
      if (scale === 1 && photo.file.size < 600000) return null;
      var canvas = document.createElement('canvas');
      canvas.width = Math.max(1, Math.round(image.naturalWidth * scale));
      canvas.height = Math.max(1, Math.round(image.naturalHeight * scale));
      canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
      return new Promise(function (done) { canvas.toBlob(done, 'image/jpeg', QUALITY); });
    }).then(function (blob) {
      if (blob && blob.size > 1000 && blob.size < photo.file.size) photo.blob = blob;
    }).catch(function () { /* HEIC and others: the original goes */ });
  }
  function draw() {
    list.textContent = '';
    photos.forEach(function (photo, index) {
      var item = document.createElement('li'), off = document.createElement('button'), image = new Image();
      image.src = photo.url;
      image.alt = '第 ' + (index + 1) + ' 张照片';
      image.onerror = function () { var word = document.createElement('b'); word.textContent = '照片 ' + (index + 1); item.replaceChild(word, image); };
      off.type = 'button';
      off.setAttribute('aria-label', '去掉第 ' + (index + 1) + ' 张');
      off.onclick = function () { URL.revokeObjectURL(photo.url); photos.splice(index, 1); draw(); };
      item.append(image, off);
      list.append(item);
    });
    shoot.textContent = photos.length ? '照片 ' + photos.length : '照片';
  }
  input.addEventListener('change', function () {
    var room = most - photos.length, chosen = Array.from(input.files);
    chosen.slice(0, room).forEach(function (file) {
      var photo = {file: file, blob: null, url: URL.createObjectURL(file)};
      photo.ready = shrink(photo);
      photos.push(photo);
    });
    input.value = '';
    say(chosen.length > room ? '最多带 ' + most + ' 张照片，已留下前面的。' : '', false);
    draw();
  });

  /* Sending: once, with the same id until it is through. */
  function pack(without) {
    return Promise.all(photos.map(function (photo) { return photo.ready; })).then(function () {
      var data = new FormData(form);
      data.delete('photos');
      if (without) data.append('without', '1');
      photos.forEach(function (photo, index) { data.append('photos', photo.blob || photo.file, 'photo-' + index + (photo.blob ? '.jpg' : '')); });
      return data;
    });
  }
  function later() {
    var pause = BACKOFF[Math.min(tries++, BACKOFF.length - 1)];
    busy = false;
    say('没发出去，已替你存好。网络好了会自己再发，' + pause + ' 秒后再试。', true);
    timer = setTimeout(send, pause * 1000);
  }
  function send() {
    if (busy || !body) return;
    clearTimeout(timer);
    busy = true;
    say('发送中…', false);
    var request = new XMLHttpRequest();
    request.open('POST', form.action);
    request.setRequestHeader('Accept', 'application/json, text/html');
    request.timeout = 120000;
    request.upload.onprogress = function (step) {
      if (step.lengthComputable) say('发送中… ' + Math.round(step.loaded / step.total * 100) + '%', false);
    };
    request.onload = function () {
      if (request.status === 201) { forget(); location.replace(request.getResponseHeader('Location')); return; }
      if (request.status >= 500 || request.status === 429 || !request.responseText) { later(); return; }
      // A sentence of the server: its page has everything that was typed, and what is stored already.
      document.open();
      document.write(request.responseText);
      document.close();
      scrollTo(0, 0);
    };
    request.onerror = request.ontimeout = later;
    request.send(body);
  }
  form.addEventListener('submit', function (event) {
    event.preventDefault();
    if (busy) return;
    if (body) { send(); return; }
    var without = event.submitter ? event.submitter.name === 'without' : document.activeElement.name === 'without';
    busy = true;
    form.classList.add('is-busy');
    save(true);
    pack(without).then(function (data) { body = data; busy = false; send(); });
  });
  window.addEventListener('online', send);
  form.addEventListener('input', function () { save(false); });

  form.classList.add('is-live');
  restore();
})();
