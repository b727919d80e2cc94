// Reading a sticker with the camera, where the browser itself can read codes. Without that, the label is typed.

import { say, write } from './pupil_words.js';

const LOOK_MS = 200;
const id = (name) => document.getElementById(name);
let stream = null;

/** Why the camera is of no use here, in words; null: it can be tried. */
async function hindrance() {
  if (!isSecureContext || !navigator.mediaDevices?.getUserMedia) return say('camera_http');
  if (!('BarcodeDetector' in globalThis)) return say('camera_cannot');
  const formats = await globalThis.BarcodeDetector.getSupportedFormats().catch(() => []);
  return formats.includes('qr_code') ? null : say('camera_cannot');
}

export function stopScan() {
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
  id('camera').hidden = true;
}

async function look(found) {
  const reader = new globalThis.BarcodeDetector({ formats: ['qr_code'] });
  const mine = stream;
  while (stream === mine && stream !== null) {
    const codes = await reader.detect(id('camera')).catch(() => []);
    if (stream !== mine) return;
    if (codes.length) {
      stopScan();
      write(id('scan-said'), '');
      found(codes[0].rawValue);
      return;
    }
    await new Promise((wake) => { setTimeout(wake, LOOK_MS); });
  }
}

/** Offer the camera, or say why not. `found(text)` gets what a code says. */
export async function offerScan(found) {
  const why = await hindrance();
  id('scan').hidden = why !== null;
  write(id('scan-said'), why ?? '');
  if (why !== null) return;
  id('scan').addEventListener('click', async () => {
    stopScan();
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
    } catch {
      write(id('scan-said'), say('camera_refused'));
      return;
    }
    id('camera').srcObject = stream;
    id('camera').hidden = false;
    await id('camera').play();
    write(id('scan-said'), say('camera_look'));
    look(found);
  });
}
