/* 我的上报: the receipts this phone keeps in its own memory, and how they stand. On the receipt, and on /mine. */
(function () {
  'use strict';
  var SHELF = 'cxz-mine', MOST = 50, WAIT = 30000;

  /* [{code, at}], the newest first; null where the browser keeps nothing. */
  function read() {
    try {
      var kept = JSON.parse(localStorage.getItem(SHELF) || '[]');
      return Array.isArray(kept) ? kept.filter(function (one) { return one && /^[2-9a-z]{12}$/.test(one.code); }) : [];
    } catch (error) { return error instanceof SyntaxError ? [] : null; }
  }

  function write(kept) {
    try { localStorage.setItem(SHELF, JSON.stringify(kept.slice(0, MOST))); return true; } catch (error) { return false; }
  }

  function has(code) { return (read() || []).some(function (one) { return one.code === code; }); }

  function without(code) { return (read() || []).filter(function (one) { return one.code !== code; }); }

  function show(id, yes) { var node = document.getElementById(id); if (node) node.hidden = !yes; }

  /* On the receipt: kept by itself when it was just sent from here, else on a tap. */
  function keeping() {
    var block = document.getElementById('keep');
    if (!block) return;
    var own = block.dataset.code;
    function keep() {
      var done = write([{code: own, at: Date.now()}].concat(without(own)));
      show('kept', done); show('unkept', !done); show('keep-here', false);
    }
    if (/[?&]new=1(&|$)/.test(location.search)) {
      keep();
      // Whoever passes the address on must not fill another phone's memory.
      history.replaceState(null, '', location.pathname + location.search.replace(/([?&])new=1(&|$)/, '$1').replace(/[?&]$/, '') + location.hash);
    } else if (has(own)) show('kept', true);
    else show('keep-here', true);
    document.getElementById('keep-here').onclick = keep;
  }

  function code(record) { return (/^\/r\/([2-9a-z]{12})/.exec(record.receipt || '') || [])[1]; }

  /* What the outbox delivered while another page was open belongs here too, once. */
  function delivered() {
    var outbox = window.cxzOutbox;
    if (!outbox) return Promise.resolve(false);
    return outbox.all().then(function (records) {
      var fresh = records.filter(function (one) { return one.state === 'sent' && !one.listed && code(one); });
      fresh.forEach(function (one) {
        if (!has(code(one))) write([{code: code(one), at: one.tapped}].concat(read() || []));
        one.listed = true;
        outbox.keep(one);
      });
      return fresh.length > 0;
    });
  }

  /* Taken off the list, nothing of it stays on a shared phone. */
  function forget(codes) {
    var outbox = window.cxzOutbox;
    if (!outbox) return;
    outbox.all().then(function (records) {
      records.forEach(function (one) { if (one.state === 'sent' && codes.indexOf(code(one)) >= 0) outbox.drop(one); });
    });
  }

  function text(name, kind, words) {
    var node = document.createElement(name);
    if (kind) node.className = kind;
    node.textContent = words;
    return node;
  }

  function row(one, known) {
    var item = document.createElement('li'), link = document.createElement('a'), drop = text('button', 'btn btn--small', '移除');
    item.className = 'mine';
    link.href = '/r/' + one.code;
    if (known) {
      link.appendChild(text('b', '', known.what));
      link.appendChild(text('span', 'pill pill--' + ({bad: 'bad', held: 'warn'}[known.tone] || (known.open ? 'filed' : 'ok')), known.title));
      link.appendChild(text('small', '', known.where + ' · ' + known.when));
      link.appendChild(text('small', '', known.asked ? '有一句话想问你，点开回答' : known.line));
    } else {
      link.appendChild(text('b', '', one.code.replace(/(.{4})(?=.)/g, '$1-')));
      link.appendChild(text('small', '', known === null ? '没有找到。站里没网时报的会晚一点到。' : '现在连不上，点开看看'));
    }
    drop.type = 'button';
    drop.setAttribute('aria-label', '移除 ' + (known ? known.what + ' ' + known.when : one.code));
    drop.onclick = function () { write(without(one.code)); forget([one.code]); list(); };
    item.appendChild(link);
    item.appendChild(drop);
    return item;
  }

  var states = {}, timer;

  function list() {
    var kept = read(), box = document.getElementById('mine-list');
    show('mine-none', kept && !kept.length); show('mine-some', kept && kept.length > 0); show('mine-deaf', kept === null);
    box.textContent = '';
    (kept || []).forEach(function (one) { box.appendChild(row(one, states[one.code])); });
  }

  /* One small call for all; what does not exist is asked for once, or every look would count as guessing. */
  function look() {
    clearTimeout(timer);
    var codes = (read() || []).map(function (one) { return one.code; }).filter(function (code) { return states[code] !== null; });
    if (document.hidden || !codes.length) return;
    fetch('/mine/states', {
      method: 'POST', cache: 'no-store', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({codes: codes})
    }).then(function (answer) {
      if (!answer.ok) throw new Error(answer.status);
      return answer.json();
    }).then(function (said) {
      codes.forEach(function (code) { states[code] = null; });
      said.reports.forEach(function (one) { states[one.code] = one; });
      show('mine-offline', false);
      // Nothing moves under a finger or a screen reader that stands on the list.
      if (!document.getElementById('mine-list').contains(document.activeElement)) list();
    }).catch(function () { show('mine-offline', true); }).then(function () { timer = setTimeout(look, WAIT); });
  }

  function page() {
    var all = document.getElementById('mine-clear');
    all.onclick = function () {
      if (all.dataset.sure) {
        forget((read() || []).map(function (one) { return one.code; }));
        write([]); list();
        return;
      }
      all.dataset.sure = '1';
      all.textContent = '再点一次，全部移除';
    };
    list();
    look();
    document.addEventListener('visibilitychange', function () { if (!document.hidden) { list(); look(); } });
    // Another tab has kept or removed one.
    window.addEventListener('storage', function () { list(); look(); });
  }

  function arrived() {
    delivered().then(function (some) { if (some && document.getElementById('mine-list')) { list(); look(); } }).catch(function () {});
  }

  keeping();
  arrived();
  window.addEventListener('cxz-outbox', function (event) { if (event.detail.what === 'sent') arrived(); });
  document.addEventListener('receipt-fresh', keeping);
  if (document.getElementById('mine-list')) page();
})();
