// A school server and an exam site on two ports, for test_extension.py: the protocol's half is tests/ext/school_server.js,
// here are the pages, and the strings a test pulls (/stage/…).
//
//     node extension_stage.js CRX UPDATE_XML [PORT EXAM_PORT]

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

import { SchoolServer } from '../ext/school_server.js';

const [crx, updateXml, port = '0', examPort = '0'] = process.argv.slice(2);

const EXAM = `<!doctype html><title>Soal</title><h1>Soal</h1>
<input id="answer"> <a id="next" href="/exam/2">next</a> <a id="blank" target="_blank" href="/exam/2">blank</a>
<a id="away" href="http://away.test/">away</a>
<button id="dialog" onclick="document.querySelector('dialog').showModal()">dialog</button>
<dialog><input></dialog><iframe name="part" src="/part"></iframe>
<script>
  window.keys = [];
  addEventListener('keydown', (event) => keys.push([event.key, event.defaultPrevented]));
  window.saves = 0;
  setInterval(() => { saves += 1; }, 100);
  sessionStorage.pupil ??= 'previous';
  localStorage.pupil ??= 'previous';
</script>`;

const PUPIL = `<!doctype html><html data-bangku-page="waiting" data-bangku-unsent="2"><title>Menunggu</title><h1>Menunggu</h1>
<script>
  const bound = () => location.hash.startsWith('#t=');
  document.documentElement.dataset.bangkuBinding = bound() ? 'done' : 'needed';
  addEventListener('hashchange', () => { document.documentElement.dataset.bangkuBinding = bound() ? 'done' : 'needed'; });
</script>`;

const html = (response, text) => response.writeHead(200, { 'Content-Type': 'text/html' }).end(text);

const exam = createServer((request, response) =>
  html(response, request.url === '/part' ? '<input id="inner">' : EXAM));
await new Promise((ready) => { exam.listen(Number(examPort), '127.0.0.1', ready); });

const server = await SchoolServer.start({ port: Number(port), secret: 'rahasia-sekolah' });

const STAGE = {
  state: () => ({ report: server.reports.at(-1) ?? null, events: [...server.events.values()], proofs: server.proofs }),
  doc: (change) => server.setDoc({ start_url: `${server.address}/pupil`, allowed_hosts: [`127.0.0.1:${server.port}`], ...change }),
  impostor(on) {
    server.impostor = on;
    for (const socket of server.live) socket.disconnect(true);
  },
};
STAGE.doc({});

server.pages = (request, response) => {
  const { pathname, searchParams } = new URL(request.url, server.address);
  if (pathname.startsWith('/stage/')) {
    const given = searchParams.get('given');
    const told = STAGE[pathname.slice('/stage/'.length)](given === null ? undefined : JSON.parse(given));
    response.writeHead(200).end(JSON.stringify(told ?? null));
  } else if (pathname === '/ext/update.xml') {
    response.writeHead(200, { 'Content-Type': 'text/xml' })
      .end(readFileSync(updateXml, 'utf8').replaceAll('ORIGIN', server.address));
  } else if (pathname === '/ext/bangku.crx') {
    response.writeHead(200, { 'Content-Type': 'application/x-chrome-extension' }).end(readFileSync(crx));
  } else if (pathname.startsWith('/pupil')) {
    html(response, PUPIL);
  } else {
    response.writeHead(404).end();
  }
};

console.log(JSON.stringify({ port: server.port, exam: exam.address().port }));
