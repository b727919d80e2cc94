// A school server small enough to read: the server's half of docs/protocol.md over Socket.IO and HTTP, written with
// node:crypto and none of the extension's code, so that a misreading on one side does not hide itself.

import { createHash, createHmac, createPublicKey, randomBytes, verify } from 'node:crypto';
import { createServer } from 'node:http';
import { Server } from 'socket.io';

const sha256 = (data) => createHash('sha256').update(data).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest('hex');

export const REST_DOC = {
  allowed_hosts: [], clear: null, device_label: 'C07', ends_at: null, exam_title: null, lock: null, mode: 'idle',
  notice: null, opens_at: null, participant: null, report_interval_ms: 5_000, room: null, seat: null,
  start_url: 'http://127.0.0.1/pupil', time_left_ms: null,
};

export class SchoolServer {
  secret = 'a secret';
  /** Turn off to have a network that lets no websocket through. */
  sockets = true;
  /** A machine that plays server without knowing the secret. */
  impostor = false;
  /** {code, retry_after_ms} to refuse every proof. */
  refusal = null;
  /** Serves everything that is not the protocol's: (request, response) => void. */
  pages = (_, response) => response.writeHead(404).end();
  connects = 0;
  proofs = [];
  reports = [];
  events = new Map(); // seq -> event
  live = new Set();
  answers = []; // bodies of `attested`
  here = []; // nonces of `here`
  /** A question that goes out with the next ack over HTTP. */
  question = null;
  #sessions = new Map();

  static async start(options = {}) {
    const self = Object.assign(new SchoolServer(), options);
    // A device that goes away in the middle of a request takes nobody else along.
    self.http = createServer((request, response) => self.#serve(request, response).catch(() => response.destroy()));
    self.io = new Server(self.http, { transports: ['websocket'], allowRequest: (_, done) => done(null, self.sockets) });
    self.io.of('/device').on('connection', (socket) => self.#connected(socket));
    await new Promise((resolve) => self.http.listen(options.port ?? 0, '127.0.0.1', resolve));
    self.port = self.http.address().port;
    self.address = `http://127.0.0.1:${self.port}`;
    self.setDoc({});
    return self;
  }

  async stop() {
    for (const socket of this.live) socket.disconnect(true);
    await this.io.close();
    this.http.closeAllConnections();
  }

  setDoc(change) {
    const doc = JSON.stringify({ ...REST_DOC, ...change });
    this.desired = { epoch: '0a1b2c3d', version: (this.desired?.version ?? 0) + 1, digest: sha256(doc), doc };
    for (const socket of this.live) socket.emit('desired', this.#seal(socket.data.session, 'desired', this.desired));
  }

  /** A sealed message to every live device. */
  push(kind, body) {
    for (const socket of this.live) socket.emit(kind, this.#seal(socket.data.session, kind, body));
  }

  acked() {
    let seq = 0;
    while (this.events.has(seq + 1)) seq += 1;
    return seq;
  }

  #hello() {
    return { protocol: 1, server_nonce: randomBytes(16).toString('hex'), server_time: Date.now() };
  }

  #connected(socket) {
    this.connects += 1;
    this.live.add(socket);
    socket.on('disconnect', () => this.live.delete(socket));
    const hello = this.#hello();
    socket.emit('hello', hello);
    socket.once('prove', (prove) => {
      const refusal = this.refusal ?? this.#check(prove, hello.server_nonce);
      if (refusal) {
        socket.emit('refused', refusal);
        socket.disconnect();
        return;
      }
      const { session, welcome } = this.#welcome(prove, hello.server_nonce);
      socket.data.session = session;
      socket.emit('welcome', welcome);
      for (const kind of ['report', 'page_ticket', 'attested', 'here']) {
        socket.on(kind, (envelope) => {
          const body = this.#open(session, kind, envelope);
          if (body === null) socket.disconnect();
          else if (kind === 'report') socket.emit('ack', this.#ack(session, envelope.n, body));
          else if (kind === 'attested') socket.emit('noted', this.#noted(session, body));
          else if (kind === 'here') this.here.push(body.nonce);
          else socket.emit('page_ticket', this.#ticket(session));
        });
      }
    });
  }

  #lines(prove, serverNonce) {
    const spki = Buffer.from(prove.public_key, 'base64url');
    return [prove.device_nonce, serverNonce, prove.address, prove.school, prove.serial, prove.installation_id,
      sha256(spki), '1'];
  }

  #check(prove, serverNonce) {
    this.proofs.push(prove);
    if (this.impostor) return null;
    const text = ['bangku-proof-1', 'device', ...this.#lines(prove, serverNonce)].join('\n');
    const key = createPublicKey({ key: Buffer.from(prove.public_key, 'base64url'), format: 'der', type: 'spki' });
    const signed = verify('sha256', text, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(prove.signature, 'base64url'));
    if (prove.address !== this.address) return { code: 'wrong_address', retry_after_ms: 10 };
    return signed && hmac(this.secret, text) === prove.mac ? null : { code: 'bad_proof', retry_after_ms: 10 };
  }

  #welcome(prove, serverNonce) {
    const secret = this.impostor ? 'guessed' : this.secret;
    const lines = this.#lines(prove, serverNonce);
    const session = {
      id: randomBytes(8).toString('hex'), sent: 0, seen: 0,
      key: createHmac('sha256', secret).update(['bangku-session-1', ...lines].join('\n')).digest(),
    };
    this.#sessions.set(session.id, session);
    const body = {
      session_id: session.id, connection_ticket: `ticket-${session.id}`, acked_seq: this.acked(), grade: 'bound',
      standing: 'live', server_time: Date.now(), desired: this.desired,
    };
    const proof = hmac(secret, ['bangku-proof-1', 'server', ...lines].join('\n'));
    return { session, welcome: { proof, ...this.#seal(session, 'welcome', body) } };
  }

  #seal(session, kind, message) {
    const n = (session.sent += 1);
    const body = JSON.stringify(message);
    return { n, body, mac: hmac(session.key, `${kind}\n${n}\n${sha256(body)}`) };
  }

  #open(session, kind, { n, body, mac }) {
    if (n <= session.seen || hmac(session.key, `${kind}\n${n}\n${sha256(body)}`) !== mac) return null;
    session.seen = n;
    return JSON.parse(body);
  }

  #ack(session, reportN, report) {
    this.reports.push(report);
    for (const event of report.events) this.events.set(event.seq, event);
    const behind = report.applied?.digest !== this.desired.digest || report.applied?.version !== this.desired.version;
    return this.#seal(session, 'ack', {
      report_n: reportN, acked_seq: this.acked(), server_time: Date.now(), rejected: [],
      ...(behind ? { desired: this.desired } : {}),
      ...(this.question ? { attest: this.#takeQuestion() } : {}),
    });
  }

  #takeQuestion() {
    const { question } = this;
    this.question = null;
    return question;
  }

  #noted(session, body) {
    this.answers.push(body);
    return this.#seal(session, 'noted', { id: body.id });
  }

  #ticket(session) {
    return this.#seal(session, 'page_ticket', {
      ticket: randomBytes(8).toString('hex'), expires_at: Date.now() + 60_000, url: `${this.address}/pupil`,
    });
  }

  async #serve(request, response) {
    if (request.method === 'GET') {
      this.pages(request, response);
      return;
    }
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const message = JSON.parse(Buffer.concat(chunks).toString() || '{}');
    const [status, body] = this.#answer(request.url, message);
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  }

  #answer(path, message) {
    if (path === '/api/device/hello') return [200, this.#hello()];
    if (path === '/api/device/prove') {
      const refusal = this.refusal ?? this.#check(message, message.server_nonce);
      return refusal ? [403, refusal] : [200, this.#welcome(message, message.server_nonce).welcome];
    }
    const session = this.#sessions.get(message.session_id);
    if (!session) return [403, { code: 'session_gone', retry_after_ms: 0 }];
    const body = this.#open(session, `POST ${path}`, message);
    if (body === null) return [403, { code: 'bad_mac', retry_after_ms: 0 }];
    if (path.endsWith('attested')) return [200, this.#noted(session, body)];
    return [200, path.endsWith('page-ticket') ? this.#ticket(session) : this.#ack(session, message.n, body)];
  }
}
