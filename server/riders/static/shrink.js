/* `shrinkPhoto(file, url)`: a promise of the photo at most 1600 pixels wide and high, or of the file itself when this
   phone cannot do that upright. Time and place of the picture travel along; the server reads and removes them. */
(function () {
  'use strict';
  const SIDE = 1600, QUALITY = 0.82, HEAD = 131072;

  window.shrinkPhoto = (file, url) => decoded(file, url).then(draw)
    .then(small => small && small.size > 1000 && small.size < file.size ? hints(file).then(exif => join(small, exif)) : file)
    .catch(() => file);

  /* Away from the page's own thread where the browser can; an old one that knows no `from-image` refuses it. */
  function decoded(file, url) {
    const bitmap = window.createImageBitmap ? createImageBitmap(file, {imageOrientation: 'from-image'}) : Promise.reject();
    return bitmap.catch(() => new Promise((done, failed) => {
      // Engines that do not turn the picture themselves would lay it on its side.
      if (!CSS.supports('image-orientation', 'from-image')) return failed();
      const image = new Image();
      image.onerror = failed;
      image.onload = () => done(image);
      image.src = url;
    }));
  }

  function draw(picture) {
    const wide = picture.naturalWidth || picture.width, high = picture.naturalHeight || picture.height;
    const canvas = document.createElement('canvas'), pen = canvas.getContext('2d');
    const scale = Math.min(1, SIDE / Math.max(wide, high));
    const width = canvas.width = Math.max(1, Math.round(wide * scale));
    const height = canvas.height = Math.max(1, Math.round(high * scale));
    pen.fillStyle = '#fff';
    pen.fillRect(0, 0, width, height);
    pen.drawImage(picture, 0, 0, width, height);
    if (picture.close) picture.close();
    return new Promise(done => canvas.toBlob(done, 'image/jpeg', QUALITY));
  }

  /* The EXIF segment of a JPEG, saying that the picture stands upright; null when there is none to read. */
  function hints(file) {
    return new Response(file.slice(0, HEAD)).arrayBuffer().then(buffer => {
      const view = new DataView(buffer);
      if (view.getUint16(0) !== 0xFFD8) return null;
      for (let at = 2; view.getUint8(at) === 0xFF && view.getUint8(at + 1) !== 0xDA; at += 2 + view.getUint16(at + 2)) {
        const size = 2 + view.getUint16(at + 2);
        if (view.getUint16(at) === 0xFFE1 && view.getUint32(at + 4) === 0x45786966) {
          return at + size <= buffer.byteLength ? upright(buffer.slice(at, at + size)) : null;
        }
      }
      return null;
    }).catch(() => null);
  }

  function upright(segment) {
    const view = new DataView(segment), little = view.getUint16(10) === 0x4949, start = 10 + view.getUint32(14, little);
    for (let entry = start + 2, left = view.getUint16(start, little); left > 0; left--, entry += 12) {
      if (view.getUint16(entry, little) === 0x0112) view.setUint16(entry + 8, 1, little);
    }
    return segment;
  }

  function join(small, exif) {
    return exif ? new Blob([small.slice(0, 2), exif, small.slice(2)], {type: 'image/jpeg'}) : small;
  }
})();
