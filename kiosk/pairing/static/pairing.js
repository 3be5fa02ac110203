// Keys without a way to the server: what is pressed goes into the field. Without this each key is a form of its own.
(function () {
  'use strict';
  var form = document.querySelector('form[data-most]');
  if (!form) return;
  var field = form.querySelector('input[name=typed]');
  var most = Number(form.dataset.most);
  var digits = field.inputMode === 'numeric';

  function put(text) {
    var clean = digits ? text.replace(/\D/g, '') : text;
    clean = clean.slice(0, most);
    field.value = digits ? clean.replace(/(\d{3})(?=\d)/g, '$1 ') : clean;
  }

  form.addEventListener('click', function (event) {
    var key = event.target.closest('button[name=key]');
    if (!key) return;
    event.preventDefault();
    if (key.value === 'clear') put('');
    else if (key.value === 'back') put(digits ? field.value.replace(/\D/g, '').slice(0, -1) : field.value.slice(0, -1));
    else put(field.value + key.value);
  });
  field.addEventListener('input', function () { put(field.value); });
  form.addEventListener('submit', function (event) {
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = 'yes';
    form.classList.add('is-sending');
    return undefined;
  });
  put(field.value);
})();
