// Writes protocol.json: fixed inputs and what the protocol makes of them, computed with node:crypto alone, so that
// neither implementation is tested against itself. Run again only when docs/protocol.md changes.
//
//     node tests/vectors/make_vectors.js

import { createHash, createHmac, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const FILE = new URL('protocol.json', import.meta.url);

const sha256 = (data) => createHash('sha256').update(data).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text, 'utf8').digest('hex');

// A key for tests only: its private half is published here.
const privateKey = createPrivateKey({
  format: 'jwk',
  key: {
    kty: 'EC',
    crv: 'P-256',
    d: 'jChlbdhLC3aEKEDVspiwIvjU06X-sdvd5T3ZM1QNIeI',
    x: 'QF3mjIKP_46bYrS1Q9FycQ1UehGgrPEb62l7U_FLi8I',
    y: 'i3NnRtzi-SNlC2RIVl__Lltsua0ZdPHwlyUFsEGrpJs',
  },
});
const publicKey = createPublicKey(privateKey);
const spki = publicKey.export({ format: 'der', type: 'spki' });

const secret = 'rahasia-enrol-ψ-2026 #1';
const fields = {
  device_nonce: '000102030405060708090a0b0c0d0e0f',
  server_nonce: 'f0e0d0c0b0a090807060504030201000',
  address: 'https://ujian.smp1.sch.id',
  school: '20512345',
  serial: '5CD1234XYZ',
  installation_id: '6f1c1f2e-8a5b-4c3d-9e7f-0123456789ab',
  thumbprint: sha256(spki),
};
const shared = [
  fields.device_nonce, fields.server_nonce, fields.address, fields.school, fields.serial, fields.installation_id,
  fields.thumbprint, '1',
];
const text = {
  device: ['bangku-proof-1', 'device', ...shared].join('\n'),
  server: ['bangku-proof-1', 'server', ...shared].join('\n'),
  session: ['bangku-session-1', ...shared].join('\n'),
};
const sessionKey = hmac(secret, text.session);

// ECDSA takes a fresh random number each time: keep a signature that still fits, or the file changes for nothing.
const signed = { key: publicKey, dsaEncoding: 'ieee-p1363' };
const before = existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')).proof.signature : '';
const fits = before && verify('sha256', text.device, signed, Buffer.from(before, 'base64url'));
const signature = fits
  ? before
  : sign('sha256', text.device, { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');

const doc = JSON.stringify({
  allowed_hosts: ['cbt.smp1.sch.id:8443', 'ujian.smp1.sch.id'],
  clear: null,
  device_label: 'C07',
  ends_at: 1_772_762_400_000,
  exam_title: 'Matematika',
  lock: { expires_at: 1_772_758_900_000, reason: 'proctor', text: 'Sebentar ya, “Nur’aini” —\ntunggu.', then: 'exam' },
  mode: 'locked',
  notice: { id: 3, text: 'Sisa waktu 10 menit' },
  opens_at: null,
  participant: { name: 'Siti Nur’aini', number: 'T4-01-0007' },
  report_interval_ms: 10_000,
  room: 'Lab 1',
  seat: '07',
  start_url: 'https://cbt.smp1.sch.id:8443/mulai',
  time_left_ms: null,
});

const report = JSON.stringify({
  applied: null,
  observed: {
    battery: 81, charging: false, focused: true, page: 'exam', page_host: 'cbt.smp1.sch.id:8443', blocked_count: 2,
    unsent_answers: null, free_storage_mb: 4096, extension_version: '0.1.0', browser_version: '156.0.8078.79',
    clock_offset_ms: -1250,
  },
  last_seq: 2,
  events: [
    { seq: 1, at: 1_772_758_800_000, kind: 'worker_started', data: { cause: 'install' } },
    { seq: 2, at: 1_772_758_801_000, kind: 'connected', data: { address: 'https://ujian.smp1.sch.id' } },
  ],
});

const envelope = (kind, n, body) => ({
  kind, n, body, body_sha256: sha256(body), mac: hmac(Buffer.from(sessionKey, 'hex'), `${kind}\n${n}\n${sha256(body)}`),
});

const vectors = {
  note: 'Made by make_vectors.js. Both implementations of docs/protocol.md are tested against this file.',
  enrolment_secret: secret,
  key: {
    private_pkcs8: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64url'),
    public_key: spki.toString('base64url'),
  },
  fields: { ...fields, protocol: 1 },
  proof: {
    text_device: text.device,
    text_server: text.server,
    mac_device: hmac(secret, text.device),
    mac_server: hmac(secret, text.server),
    signature,
  },
  session: { text: text.session, key: sessionKey },
  envelopes: [
    envelope('report', 1, report),
    envelope('ack', 2, JSON.stringify({ report_n: 1, acked_seq: 2, server_time: 1_772_758_801_500, rejected: [] })),
    envelope('page_ticket', 2, '{}'),
    envelope('POST /api/device/report', 3, report),
    envelope('desired', 7, JSON.stringify({ epoch: '0a1b2c3d', version: 12, digest: sha256(doc), doc })),
  ],
  desired: { epoch: '0a1b2c3d', version: 12, digest: sha256(doc), doc },
};

writeFileSync(FILE, `${JSON.stringify(vectors, null, 2)}\n`);
