/**
 * Publishes messages of eight readings, QoS 1, as cheaply as it can: the least of MQTT 3.1.1 over TCP or TLS, no object per
 * packet. It runs as a process of its own, so that its CPU is not the broker's.
 *
 * `node generator.mjs <JSON>`: `port`, `devices` (`deviceId`, `token`), `seconds`, `rate` (messages/s; 0: as fast as the
 * acknowledgements come), `window` (unacknowledged messages of one device), `tls` (folder with ca.pem, and <deviceId>.pem and
 * .key). The first fifth of the time is not measured. Prints one JSON line.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { loadReadings } from '@vigil/simulator';

const METRICS = ['heartRate', 'pulseRate', 'spo2', 'respirationRate', 'arterialSystolic', 'arterialDiastolic', 'arterialMean'];
const VARIANTS = 16;
const PACE_MS = 2;
const options = JSON.parse(process.argv[2]);
const { port, devices, seconds, rate, window, tls } = options;
const head = `{"bootId":"${randomUUID()}","seq":`;
const tails = Array.from(
  { length: VARIANTS },
  (_, i) => `,"origin":"simulated","observations":${JSON.stringify(loadReadings([...METRICS, 'etco2'], i))}}`,
);
const text = (value) => {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
};

function withLength(first, body) {
  const bytes = [first];
  let left = body.length;
  do {
    bytes.push((left & 0x7f) | (left > 127 ? 0x80 : 0));
    left >>= 7;
  } while (left > 0);
  return Buffer.concat([Buffer.from(bytes), body]);
}

let measuring = false;
let acked = 0;
let payloadBytes = 0;
let atMs = Date.now();
const delaysMs = [];

class Link {
  seq = 0;
  pending = 0;
  sentMs = new Float64Array(65_536);
  rest = Buffer.alloc(0);

  constructor({ deviceId, token }) {
    this.topic = text(`vigil/v1/${deviceId}/observations`);
    const at = { host: '127.0.0.1', port, noDelay: true };
    const pem = (name) => readFileSync(join(tls, name));
    this.socket = tls
      ? connectTls({
          ...at,
          ca: pem('ca.pem'),
          cert: pem(`${deviceId}.pem`),
          key: pem(`${deviceId}.key`),
          // The gateway's name in its certificate is not the loopback address; the authority is checked.
          checkServerIdentity: () => undefined,
        })
      : connect(at);
    this.ready = new Promise((resolve, reject) => {
      this.opened = resolve;
      this.socket.once('error', reject);
      this.socket.once('close', () => reject(new Error('connection closed')));
    });
    const login = [text('MQTT'), Buffer.from([4, 0xc2, 0, 0]), text(deviceId), text(deviceId), text(token)];
    this.socket.once(tls ? 'secureConnect' : 'connect', () => this.socket.write(withLength(0x10, Buffer.concat(login))));
    this.socket.on('data', (bytes) => this.receive(bytes));
  }

  /** What a broker sends to a publisher is four bytes long. */
  receive(bytes) {
    const data = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    const nowMs = performance.now();
    let at = 0;
    for (; at + 4 <= data.length; at += 4) {
      if (data[at] === 0x20) this.opened();
      else {
        this.pending--;
        if (!measuring) continue;
        acked++;
        if (delaysMs.length < 4e6) delaysMs.push(nowMs - this.sentMs[data.readUInt16BE(at + 2)]);
      }
    }
    this.rest = data.subarray(at);
    if (rate === 0 && this.opened !== null) this.fill();
  }

  fill() {
    if (this.pending >= window) return;
    this.socket.cork();
    while (this.pending < window) this.publish();
    this.socket.uncork();
  }

  publish() {
    const seq = this.seq++;
    const id = (seq % 65_535) + 1;
    const payload = `${head}${seq},"atMs":${atMs}${tails[seq % VARIANTS]}`;
    const length = this.topic.length + 2 + payload.length;
    // Between 128 and 16,383 bytes: two length bytes.
    const packet = Buffer.allocUnsafe(3 + length);
    packet[0] = 0x32;
    packet[1] = (length & 0x7f) | 0x80;
    packet[2] = length >> 7;
    this.topic.copy(packet, 3);
    packet.writeUInt16BE(id, 3 + this.topic.length);
    packet.write(payload, 5 + this.topic.length, 'latin1');
    this.sentMs[id] = performance.now();
    this.pending++;
    payloadBytes = payload.length;
    this.socket.write(packet);
  }
}

const links = devices.map((device) => new Link(device));
await Promise.all(links.map((link) => link.ready));
setInterval(() => (atMs = Date.now()), 5);
let heldBack = 0;
if (rate === 0) for (const link of links) link.fill();
else {
  const fromMs = performance.now();
  let made = 0;
  setInterval(() => {
    const due = Math.floor(((performance.now() - fromMs) * rate) / 1_000);
    for (; made < due; made++) {
      const link = links[made % links.length];
      if (link.pending < window) link.publish();
      else heldBack++;
    }
  }, PACE_MS);
}

setTimeout(() => {
  measuring = true;
  const startedMs = performance.now();
  const cpu = process.cpuUsage();
  process.stdout.write('{"measuring":true}\n');
  setTimeout(() => {
    const elapsedS = (performance.now() - startedMs) / 1_000;
    const { user, system } = process.cpuUsage(cpu);
    delaysMs.sort((a, b) => a - b);
    const at = (q) => Math.round(100 * (delaysMs[Math.min(delaysMs.length - 1, Math.floor(delaysMs.length * q))] ?? NaN)) / 100;
    const generatorCores = Math.round((user + system) / elapsedS / 1e4) / 100;
    const facts = {
      elapsedS,
      acked,
      payloadBytes,
      heldBack,
      generatorCores,
      pubackMs: { p50: at(0.5), p99: at(0.99), max: at(1) },
    };
    process.stdout.write(`${JSON.stringify({ done: true, ...facts })}\n`, () => process.exit(0));
  }, seconds * 1_000);
}, seconds * 250);
