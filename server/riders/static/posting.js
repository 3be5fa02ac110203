/* The short forms of a rider's pages (check-in, a word later, an answer, a rating) on a line that breaks: what was typed
   and chosen stays on the page, says that it is 未送达, and goes again. Without this script the plain form goes. ES2017. */
(function () {
  'use strict';
  const OURS = /\/(checkin|add|answer|rating|retract)(#|$)/, AFTER = {add: '#said', answer: '#said', rating: '#rating', retract: '#said'};
  const PAUSES = [3, 6, 12, 30, 60], PATIENCE = 30000, WITH_PHOTOS = 120000, SHRINKING = 5000;
  const SHELF = 'cxz-typed', KEPT = 43200000, small = new Map();
  let pressed = null, under = null, timer = 0;

  const what = form => (OURS.exec(form.getAttribute('action') || '') || [])[1];
  const within = (time, deed) => new Promise((done, failed) => { setTimeout(failed, time); deed.then(done, failed); });

  /* ---- what was typed on a page of its own outlives the page ---- */
  function keep(form) {
    const field = form.elements.words;
    try {
      if (field && field.value) localStorage.setItem(SHELF, JSON.stringify({action: form.getAttribute('action'), words: field.value, at: Date.now()}));
      else localStorage.removeItem(SHELF);
    } catch (error) { /* the page itself still has it */ }
  }

  function restore() {
    const form = Array.from(document.forms).find(one => what(one) === 'add');
    try {
      const kept = JSON.parse(localStorage.getItem(SHELF) || 'null'), field = form && form.elements.words;
      if (kept && Math.abs(Date.now() - kept.at) > KEPT) localStorage.removeItem(SHELF);
      else if (kept && field && !field.value && kept.action === form.getAttribute('action')) field.value = kept.words;
    } catch (error) { /* nothing is kept here */ }
  }

  /* ---- sending ---- */
  /* Once for each photo: the next try must not wait for it again. */
  function shrunk(file) {
    if (!small.has(file)) {
      const url = URL.createObjectURL(file);
      small.set(file, within(SHRINKING, shrinkPhoto(file, url)).catch(() => file));
    }
    return small.get(file);
  }

  async function filled(one) {
    const body = new FormData(one.form), files = body.getAll('photos').filter(file => file.size);
    if (one.by && one.by.name) body.append(one.by.name, one.by.value);
    if (files.length && window.shrinkPhoto) {
      const made = await Promise.all(files.map(shrunk));
      body.delete('photos');
      made.forEach((data, index) => body.append('photos', data, files[index].name));
    }
    one.photos = files.length;
    return body;
  }

  function post(one, body) {
    const stop = window.AbortController ? new AbortController() : null, to = one.form.getAttribute('action').split('#')[0];
    const sent = fetch(to, {method: 'POST', body: body, credentials: 'same-origin', signal: stop ? stop.signal : undefined})
      .then(answer => answer.text().then(text => ({answer: answer, text: text})));
    return within(one.photos ? WITH_PHOTOS : PATIENCE, sent).catch(error => { if (stop) stop.abort(); throw error; });
  }

  async function attempt(one) {
    clearTimeout(timer);
    under = one;
    one.busy = true;
    one.form.dataset.pending = '1';
    say(one, '发送中…', '');
    const body = await filled(one);
    let came;
    try { came = await post(one, body); } catch (error) { return later(one, ''); }
    const status = came.answer.status;
    if (status >= 500 || status === 408) return later(one, '站里这会儿收不下，');
    if (status === 429) return later(one, '发得太快了，');
    if (came.answer.ok && came.answer.redirected) done(one, came.answer.url);
    else refused(one, came.text);
  }

  function later(one, why) {
    one.busy = false;
    const checkin = one.what === 'checkin', pause = Math.ceil(PAUSES[Math.min(one.tries++, PAUSES.length - 1)] * (0.5 + Math.random()));
    if (checkin) return say(one, why + '没发出去，再点一次。', 'note--warn');
    say(one, '未送达，' + why + (one.photos ? '写的和照片' : '写的') + '都还在这一页，' + pause + ' 秒后自己再发。', 'note--warn');
    if (!one.by.name && one.by.lastChild) one.by.lastChild.textContent = '再发一次';
    timer = setTimeout(again, pause * 1000);
  }

  function again() { if (under && !under.busy && under.what !== 'checkin' && under.form.isConnected) attempt(under).catch(() => plain(under)); }

  function done(one, address) {
    const to = address.split('#')[0] + (AFTER[one.what] || '');
    if (one.what === 'add') try { localStorage.removeItem(SHELF); } catch (error) { /* nothing is kept here */ }
    one.form.reset();
    if (to.split('#')[0] !== location.href.split('#')[0]) return location.assign(to);
    history.replaceState(null, '', to);
    location.reload();
  }

  /* The server's own page says why, with the words in it; photos that are still wanted stay chosen. */
  function refused(one, text) {
    const fresh = new DOMParser().parseFromString(text, 'text/html'), main = document.querySelector('main'), old = one.form.elements.photos;
    if (!fresh.querySelector('main')) return plain(one);
    under = null;
    main.innerHTML = fresh.querySelector('main').innerHTML;
    document.title = fresh.title;
    const form = Array.from(document.forms).find(next => next.getAttribute('action') === one.form.getAttribute('action'));
    if (form && form.elements.photos && old && old.files.length) form.elements.photos.files = old.files;
    scrollTo(0, 0);
    document.dispatchEvent(new Event('receipt-fresh'));
  }

  function plain(one) {
    if (one.by && one.by.name) one.form.insertAdjacentHTML('beforeend', '<input type="hidden">');
    if (one.by && one.by.name) Object.assign(one.form.lastElementChild, {name: one.by.name, value: one.by.value});
    one.form.submit();
  }

  function say(one, words, kind) {
    if (!one.note) {
      one.note = one.form.querySelector('[data-line]') || document.createElement('p');
      one.note.setAttribute('role', 'status');
      one.note.setAttribute('data-line', '');
      one.note.style.marginTop = '8px';
      (one.by && one.by.parentNode || one.form).insertBefore(one.note, one.by ? one.by.nextSibling : null);
    }
    one.note.className = 'note ' + kind;
    one.note.textContent = words;
  }

  // Some phones do not say which button sent a form.
  document.addEventListener('click', event => { pressed = event.target.closest('button'); }, true);
  document.addEventListener('input', event => { if (event.target.form && what(event.target.form) === 'add') keep(event.target.form); });
  document.addEventListener('submit', event => {
    const form = event.target;
    if (!what(form) || event.defaultPrevented) return;
    event.preventDefault();
    if (under && under.busy) return;
    const by = event.submitter || (pressed && pressed.form === form ? pressed : form.querySelector('button'));
    const one = {form: form, by: by, what: what(form), tries: under && under.form === form ? under.tries : 0, note: null, photos: 0, busy: true};
    attempt(one).catch(() => plain(one));
  });
  window.addEventListener('online', again);
  // Back by the browser's own memory: nothing is on its way any more.
  window.addEventListener('pageshow', event => { if (event.persisted && under) location.reload(); });
  restore();
})();
