/**
 * What schemathesis can't send: messages of the live channel. Made up by fast-check, in three layers: what a socket.io client
 * can say, packets below it, and frames that are no packets at all.
 */
import fc from 'fast-check';
import { io, type Socket } from 'socket.io-client';
import { type Api, startApi } from '../api-fixture.js';

const NAMESPACES = ['/alarms', '/vitals'] as const;
/** A line may say a hundred things at once; each of these tests says less on one. */
const PER_LINE = 40;
const WAIT_MS = 4_000;
const SEED = 1;

let api: Api;
let token: string;
beforeAll(async () => {
  api = await startApi();
  token = await api.token('amy');
});
afterAll(async () => api.end());

function connect(namespace: string): Promise<Socket> {
  const socket = io(`${api.url}${namespace}`, {
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    auth: { token },
  });
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(socket));
    socket.once('connect_error', reject);
  });
}

/** Can somebody with an ordinary screen still see the ward? */
async function expectWell(): Promise<void> {
  for (const namespace of NAMESPACES) {
    const socket = await connect(namespace);
    expect(await socket.timeout(WAIT_MS).emitWithAck('join', { careUnitId: 'icu' })).toEqual({ ok: true });
    socket.disconnect();
  }
  expect((await api.call('GET', '/health/live')).status).toBe(200);
}

/** The answer to a join, or that the line was ended. */
function answerTo(socket: Socket, args: readonly unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = (): void => resolve('ended');
    socket.once('disconnect', ended);
    socket.timeout(WAIT_MS).emit('join', ...args, (error: Error | null, answer: unknown) => {
      socket.off('disconnect', ended);
      if (error === null) resolve(answer);
      else reject(error);
    });
  });
}

const nested = (depth: number): unknown => {
  let value: unknown = 'end';
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { careUnitId: value };
  return value;
};

/** Nearly a join: right names with wrong values, names too many, and what might change an object's nature. */
const nearJoin = fc.oneof(
  fc.record({ careUnitId: fc.jsonValue() }, { requiredKeys: [] }),
  fc.record({
    careUnitId: fc.constant('icu'),
    since: fc.oneof(fc.double(), fc.integer({ max: -1 }), fc.string(), fc.constant(null)),
  }),
  fc.tuple(fc.string(), fc.jsonValue()).map(([name, value]) => ({ careUnitId: 'icu', [`x${name}`]: value })),
  fc.constantFrom('../icu', 'ICU', 'icu\u0000', 'a'.repeat(49), '__proto__', '').map((careUnitId) => ({ careUnitId })),
  fc.constant(JSON.parse('{"careUnitId":"icu","__proto__":{"admin":true},"constructor":{"prototype":1}}') as object),
);
const wrong = fc.oneof(nearJoin, fc.jsonValue(), fc.integer({ min: 1, max: 900 }).map(nested), fc.uint8Array({ maxLength: 200 }));

describe.each(NAMESPACES)('%s', (namespace) => {
  test('a join in a wrong form is answered as invalid, and the line goes on', async () => {
    const samples = fc.sample(wrong, { numRuns: 300, seed: SEED });
    const answers = new Set<string>();
    let reasons = 0;
    for (let at = 0; at < samples.length; at += PER_LINE) {
      const socket = await connect(namespace);
      for (const message of samples.slice(at, at + PER_LINE)) {
        const answer = JSON.stringify(await answerTo(socket, [message]));
        answers.add(answer);
        reasons++;
      }
      expect(socket.connected).toBe(true);
      socket.disconnect();
    }
    expect(reasons).toBe(300);
    expect([...answers]).toEqual(['{"ok":false,"reason":"invalid"}']);
    await expectWell();
  }, 60_000);

  test('no arguments, many of them, or no place for an answer end at most the line', async () => {
    const samples = fc.sample(fc.array(fc.jsonValue(), { maxLength: 6 }), { numRuns: 60, seed: SEED });
    for (let at = 0; at < samples.length; at += PER_LINE) {
      const socket = await connect(namespace);
      for (const args of samples.slice(at, at + PER_LINE)) socket.emit('join', ...args);
      socket.disconnect();
    }
    await expectWell();
  }, 60_000);

  test('a message that nobody listens for ends the line, and one that is too large does', async () => {
    const unknown = fc.sample(fc.tuple(fc.string({ minLength: 1 }), fc.jsonValue()), { numRuns: 20, seed: SEED });
    const known = new Set(['join', 'connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener']);
    for (const [name, value] of unknown.filter(([each]) => !known.has(each))) {
      const socket = await connect(namespace);
      const ended = new Promise((resolve) => void socket.once('disconnect', resolve));
      socket.emit(name, value);
      expect(await ended).toMatch(/io server disconnect|transport close/);
    }
    const socket = await connect(namespace);
    expect(await answerTo(socket, [{ careUnitId: 'x'.repeat(17 * 1024) }])).toBe('ended');
    await expectWell();
  }, 60_000);
});

/** Packets of socket.io 5 and engine.io 4 that a client library would never write. */
const ODD_FRAMES = [
  '451-/alarms,["join",{"_placeholder":true,"num":0}]',
  '451-/alarms,["join",{"_placeholder":true,"num":"__proto__"}]',
  '4599999999-/alarms,["join",{"_placeholder":true,"num":0}]',
  '42/alarms,99999999999999999999["join",{"careUnitId":"icu"}]',
  '42/alarms,[]',
  '42/alarms,{}',
  '42/alarms,["__proto__",{}]',
  '42/alarms,["disconnect"]',
  '42/alarms,["newListener","x"]',
  '42/alarms,[null,{}]',
  '42/alarms,[0,{}]',
  '42/nowhere,["join",{"careUnitId":"icu"}]',
  '42/alarms',
  '43/alarms,1[]',
  '44/alarms,{"message":"x"}',
  '41/alarms,',
  '40/alarms,null',
  '40/alarms,"x"',
  '40/nowhere,',
  '40/__proto__,',
  `42/alarms,${'['.repeat(8_000)}`,
  `42/alarms,["join",${'['.repeat(7_000)}${']'.repeat(7_000)}]`,
  '0{"sid":"x"}',
  '1',
  '2probe',
  '3',
  '5',
  '6',
  '7',
  '9',
  '',
];

/** Opens a line by hand, says who it is or not, sends the frames once that is decided, and waits for the line's end. */
function sendFrames(frames: readonly string[], signedIn: boolean): Promise<void> {
  return new Promise((resolve) => {
    const line = new WebSocket(`${api.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
    line.onclose = () => resolve();
    line.onerror = () => undefined;
    line.onopen = () => line.send(`40/alarms,${JSON.stringify(signedIn ? { token } : {})}`);
    line.onmessage = ({ data }) => {
      if (!/^4[04]\/alarms,/.test(String(data))) return;
      line.onmessage = null;
      for (const frame of frames) line.send(frame);
      line.close();
    };
  });
}

test('packets that no client library writes end at most the line that they came on', async () => {
  for (const signedIn of [true, false]) for (const frame of ODD_FRAMES) await sendFrames([frame], signedIn);
  await expectWell();
}, 60_000);

test('frames that are no packets end at most the line that they came on', async () => {
  const packet = fc
    .tuple(fc.constantFrom('4', '42', '42/alarms,', '45', '451-/alarms,', '40/alarms,', '2', ''), fc.string({ maxLength: 200 }))
    .map(([head, rest]) => head + rest);
  const lines = fc.sample(fc.array(packet, { minLength: 1, maxLength: 30 }), { numRuns: 60, seed: SEED });
  for (const frames of lines) await sendFrames(frames, true);
  await expectWell();
}, 60_000);
