/**
 * Producers and consumers that cost next to nothing: they show what the hub takes and gives when no client holds it up.
 * The AMQP library opens the links; from then on frames that were encoded once are written to the socket, and answers
 * are read just far enough to count them.
 */
import { createHmac } from 'node:crypto';
import rhea from 'rhea';
import { eventOf } from './events.mjs';

const HUB = 'vigil';
const PARTITIONS = 8;
const FORMAT = [0x80, 0x01, 0x37, 0x00];
const FRAME_PAYLOAD_MAX = 200_000;
const CODE = { flow: 0x13, transfer: 0x14, disposition: 0x15 };

function tokenFor(connection, audience) {
  const [, name, key] = /SharedAccessKeyName=([^;]+);SharedAccessKey=([^;]+)/.exec(connection);
  const resource = encodeURIComponent(audience);
  const expiry = Math.floor(Date.now() / 1000) + 3600;
  const signature = createHmac('sha256', key).update(`${resource}\n${expiry}`).digest('base64');
  return `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=${name}`;
}

/** Connects and proves the right to the whole hub. */
async function connect(connection) {
  const [, host, port] = /sb:\/\/([^:]+):(\d+)/.exec(connection);
  const amqp = rhea.create_container().connect({ host, port: Number(port), username: 'raw', reconnect: false });
  amqp.on('disconnected', () => undefined);
  await new Promise((resolve, reject) => {
    amqp.once('connection_error', reject);
    const answers = amqp.open_receiver({ name: 'cbs-raw', source: '$cbs' });
    const sender = amqp.open_sender({ target: '$cbs' });
    const audience = `sb://${host}:${port}/${HUB}`;
    const properties = { operation: 'put-token', type: 'servicebus.windows.net:sastoken', name: audience };
    sender.once('sendable', () =>
      sender.send({
        ...{ message_id: 'raw', to: '$cbs', reply_to: 'cbs-raw', body: tokenFor(connection, audience) },
        application_properties: properties,
      }),
    );
    answers.once('message', ({ message }) => {
      const status = message.application_properties['status-code'];
      if (status < 300) resolve();
      else reject(new Error(`the token was answered with ${status}`));
    });
  });
  return amqp;
}

/** Calls `onFrame(bytes, at, end)` for every frame; the library hears nothing more. */
function takeOver(socket, onFrame) {
  socket.removeAllListeners('data');
  let rest = null;
  socket.on('data', (chunk) => {
    const bytes = rest === null ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (bytes.length - at >= 4) {
      const end = at + bytes.readUInt32BE(at);
      if (end > bytes.length) break;
      if (end - at > 11) onFrame(bytes, at, end);
      at = end;
    }
    rest = at < bytes.length ? bytes.subarray(at) : null;
  });
}

/** The frames of one send, but for the delivery id, which stands at `idAt` of the first. */
function encodeSend(bytes, count, channel, handle) {
  const event = rhea.message.encode({ body: rhea.message.data_section(Buffer.from(JSON.stringify(eventOf(bytes).body))) });
  const payload = rhea.message.encode({ body: rhea.message.data_sections(Array.from({ length: count }, () => event)) });
  const frames = [];
  for (let from = 0; from < payload.length; from += FRAME_PAYLOAD_MAX) {
    const part = payload.subarray(from, from + FRAME_PAYLOAD_MAX);
    const more = from + part.length < payload.length;
    // What follows the first frame names no delivery: it is the one that is under way.
    const ids = from === 0 ? [0x70, 0, 0, 0, 0, 0xa0, 1, 0, 0x70, ...FORMAT] : [0x40, 0x40, 0x40];
    const list = Buffer.from([0x52, handle, ...ids, 0x42, more ? 0x41 : 0x42]);
    const head = Buffer.alloc(14);
    head[4] = 2;
    head.writeUInt16BE(channel, 6);
    head.set([0x00, 0x53, CODE.transfer, 0xc0, list.length + 1, 6], 8);
    head.writeUInt32BE(head.length + list.length + part.length, 0);
    frames.push(Buffer.concat([head, list, part]));
  }
  return { frames, idAt: 14 + 3 };
}

/** Reads fields of an encoded list as far as these benches need them: unsigned numbers and booleans. */
function fieldsOf(bytes, at) {
  const wide = bytes[at] === 0xd0;
  let pos = at + (wide ? 9 : 3);
  const count = wide ? bytes.readUInt32BE(at + 5) : bytes[at + 2];
  const fields = [];
  for (let i = 0; i < count && i < 7; i++) {
    const code = bytes[pos];
    if (code === 0x70) fields.push(bytes.readUInt32BE(pos + 1));
    else if (code === 0x52) fields.push(bytes[pos + 1]);
    else if (code === 0x43) fields.push(0);
    else fields.push(code === 0x41 ? true : code === 0x42 ? false : null);
    pos += code === 0x70 ? 5 : code === 0x52 || code === 0x56 ? 2 : 1;
    if (![0x70, 0x52, 0x43, 0x41, 0x42, 0x40].includes(code)) break;
  }
  return fields;
}

/** One link on one partition; keeps `inFlight` sends under way. */
async function openProducer(connection, partition, { bytes, batch, inFlight }, next) {
  const amqp = await connect(connection);
  const session = amqp.create_session();
  session.begin();
  const link = session.open_sender({ target: `${HUB}/Partitions/${partition}`, autosettle: false });
  await new Promise((resolve, reject) => {
    link.once('sender_open', () => setTimeout(resolve, 100));
    link.once('sender_error', () => reject(link.error));
  });
  const { frames, idAt } = encodeSend(bytes, batch, session.local.channel, link.local.handle);
  let id = 0;
  let acked = 0;
  let creditTo = link.delivery_count + link.credit;
  const send = () => {
    while (id - acked < inFlight && id < creditTo && next()) {
      frames[0].writeUInt32BE(id++, idAt);
      // The socket may hold the bytes for a while, and the next send changes them.
      amqp.socket.write(Buffer.concat(frames));
    }
  };
  const done = Promise.withResolvers();
  takeOver(amqp.socket, (buffer, at) => {
    const code = buffer[at + 10];
    const fields = fieldsOf(buffer, at + 11);
    if (code === CODE.disposition) acked += (fields[2] ?? fields[1]) - fields[1] + 1;
    else if (code === CODE.flow && typeof fields[6] === 'number') creditTo = fields[5] + fields[6];
    else if (code !== CODE.flow) done.reject(new Error(`the hub answered with performative ${code}`));
    send();
    if (acked === id && !next.isOpen()) done.resolve();
  });
  return { start: send, done: done.promise, end: () => amqp.socket.destroy() };
}

async function produce({ connection, events, bytes, batch, inFlight }) {
  let left = Math.ceil(events / batch);
  const next = () => left > 0 && left-- > 0;
  next.isOpen = () => left > 0;
  const lanes = Math.min(PARTITIONS, inFlight);
  const each = { bytes, batch, inFlight: Math.ceil(inFlight / lanes) };
  const producers = await Promise.all(Array.from({ length: lanes }, (_, i) => openProducer(connection, i, each, next)));
  const startMs = performance.now();
  const cpu = process.cpuUsage();
  for (const producer of producers) producer.start();
  await Promise.all(producers.map(({ done }) => done));
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - startMs) / 1000;
  for (const { end } of producers) end();
  return { seconds, cpuUs: user + system };
}

/** A link for each partition, with credit for everything at once. */
async function consume({ connection, group, events }) {
  const done = Promise.withResolvers();
  let got = 0;
  let firstMs = null;
  let cpu;
  const count = (buffer, at) => {
    if (buffer[at + 10] !== CODE.transfer) return;
    if (firstMs === null) [firstMs, cpu] = [performance.now(), process.cpuUsage()];
    if (++got >= events) done.resolve();
  };
  const amqps = await Promise.all(
    Array.from({ length: PARTITIONS }, async (_, partition) => {
      const amqp = await connect(connection);
      const session = amqp.create_session({ incoming: 1e9 });
      session.begin();
      const source = { address: `${HUB}/ConsumerGroups/${group}/Partitions/${partition}` };
      const link = session.open_receiver({ source, credit_window: 0, autoaccept: false });
      await new Promise((resolve) => link.once('receiver_open', resolve));
      return { amqp, link };
    }),
  );
  for (const { amqp, link } of amqps) {
    link.add_credit(1e8);
    amqp._process?.();
    takeOver(amqp.socket, count);
  }
  await done.promise;
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - firstMs) / 1000;
  for (const { amqp } of amqps) amqp.socket.destroy();
  return { seconds, counted: got, cpuUs: user + system };
}

process.on('message', async ({ job, ...options }) => {
  process.send({ result: await (job === 'produce' ? produce(options) : consume(options)) });
});
process.once('disconnect', () => process.exit(0));
process.send({ ready: true });
