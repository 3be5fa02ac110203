/* The receipt keeps itself up to date and can be copied. Without this script the page reloads by itself. */
(function () {
  'use strict';
  var MOST_WAIT = 60000, wait = 12000, timer;
  function head() { return document.getElementById('head'); }

  function copyable() {
    var button = document.getElementById('copy'), link = document.getElementById('link');
    if (!button) return;
    button.hidden = false;
    button.onclick = function () {
      var range = document.createRange(), selection = window.getSelection(), copied = false;
      range.selectNodeContents(link);
      selection.removeAllRanges();
      selection.addRange(range);
      // execCommand works on plain http and in old WebViews, where navigator.clipboard does not.
      try { copied = document.execCommand('copy'); } catch (error) { copied = false; }
      button.querySelector('span').textContent = copied ? '已复制' : '长按上面的链接复制';
    };
  }

  /* Somebody is writing: nothing under the fingers moves until it is sent. */
  function writing() {
    if (document.querySelector('form[data-pending]')) return true;
    return Array.prototype.some.call(document.querySelectorAll('main textarea, main input'), function (field) {
      if (field.type === 'hidden') return false;
      if (field === document.activeElement) return true;
      return field.type === 'radio' ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
    });
  }

  function look(news) {
    clearTimeout(timer);
    if (!news && !head().hasAttribute('data-open')) return;
    if (document.hidden) return;
    fetch(location.pathname + location.search, {headers: {'If-None-Match': head().dataset.tag}, cache: 'no-store'}).then(function (answer) {
      wait = 12000;
      return answer.status === 200 ? answer.text() : '';
    }).then(function (text) {
      if (!text || writing()) return;
      var fresh = new DOMParser().parseFromString(text, 'text/html');
      if (!fresh.getElementById('head')) return;
      // A question that has come needs its style too.
      Array.prototype.forEach.call(fresh.querySelectorAll('link[rel=stylesheet]'), function (sheet) {
        if (!document.querySelector('link[href="' + sheet.getAttribute('href') + '"]')) document.head.appendChild(sheet);
      });
      var opened = document.querySelector('#keep details[open]');
      document.querySelector('main').innerHTML = fresh.querySelector('main').innerHTML;
      document.title = fresh.title;
      if (opened) document.querySelector('#keep details').open = true;
      document.dispatchEvent(new Event('receipt-fresh'));
    }).catch(function () {
      wait = Math.min(wait * 2, MOST_WAIT);
    }).then(function () { timer = setTimeout(look, wait); });
  }

  /* A photo that has just arrived counts at once. */
  var arrived = 0;
  window.addEventListener('cxz-outbox', function (event) {
    var news = event.detail, receipt = news.record.receipt;
    if (!receipt || receipt.split('?')[0] !== location.pathname || (news.done === arrived && news.what !== 'sent')) return;
    arrived = news.done;
    look(true);
  });

  copyable();
  document.addEventListener('receipt-fresh', copyable);
  timer = setTimeout(look, wait);
  document.addEventListener('visibilitychange', function () { if (!document.hidden) look(); });
})();
