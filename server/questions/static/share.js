/* Copies the whole message; execCommand works on plain http and in old WebViews, where navigator.clipboard does not. */
(function () {
  'use strict';
  var button = document.getElementById('copy'), message = document.getElementById('message');
  if (!button) return;
  button.hidden = false;
  button.onclick = function () {
    message.focus();
    message.select();
    message.setSelectionRange(0, message.value.length);
    button.querySelector('span').textContent = document.execCommand('copy') ? '已复制' : '长按上面的字复制';
  };
})();
