import fc from 'fast-check';
import { LogEvent } from './log-event.js';
import { readLogEvent } from './read-log-event.js';

const tick = { v: 1, kind: 'tick', id: 't', key: 'bed:icu-1', origin: 'live', atMs: 5, bedId: 'icu-1', gatewayId: 'gw-1' };
const restored = { v: 1, kind: 'gatewayRestored', id: 'r', origin: 'live', atMs: 5, gatewayId: 'gw-1', lostId: 'l' };
const CANARY = 'MUSTERMANN';

test('an event of ours is read, and fields that a later version added are left out', () => {
  expect(readLogEvent({ ...tick, shade: 'green' })).toEqual({ event: LogEvent.parse(tick) });
});

test.each<[string, unknown, object]>([
  ['no JSON object', Buffer.from('{"v":1,'), { reason: 'not-an-event', kind: 'unknown', bedId: null }],
  ['a list', [tick], { reason: 'not-an-event' }],
  ['nothing', null, { reason: 'not-an-event' }],
  ['an event without its bed', { ...tick, bedId: 7 }, { reason: 'invalid-event', path: 'bedId', kind: 'tick', bedId: 'icu-1' }],
  ['a later version of a known kind', { ...tick, v: 2 }, { reason: 'newer-schema', kind: 'tick', bedId: 'icu-1' }],
  ['a kind of later', { ...tick, kind: 'weather' }, { reason: 'newer-schema', kind: 'unknown', bedId: 'icu-1' }],
  ['an unknown kind of a later version', { v: 99, kind: 'weather' }, { reason: 'newer-schema', kind: 'unknown', bedId: null }],
  ['a later version whose key has another form', { ...tick, v: 99, key: 'ward/icu-1' }, { reason: 'newer-schema', bedId: null }],
  ['a version that is no number', { ...tick, v: '99' }, { reason: 'invalid-event', path: 'v' }],
  ['an unknown kind without an envelope', { kind: 'weather' }, { reason: 'invalid-event', kind: 'unknown', bedId: null }],
  ['a time that is no number', { ...tick, atMs: NaN }, { reason: 'invalid-event', path: 'atMs' }],
  ['a reading of one bed under the key of another', { ...tick, bedId: 'icu-2' }, { reason: 'invalid-event', path: 'key' }],
  ['a bed under the key of a gateway', { ...tick, key: 'gateway:gw-1' }, { reason: 'invalid-event', path: 'key', bedId: null }],
  ['a gateway under the key of a bed', { ...restored, key: 'bed:icu-1' }, { reason: 'invalid-event', bedId: 'icu-1' }],
  ['an infinite time', { ...tick, atMs: Infinity }, { reason: 'invalid-event', path: 'atMs' }],
])('%s is told from the others', (_what, body, expected) => {
  expect(readLogEvent(body)).toMatchObject({ unreadable: expected });
});

test('what a gateway says of itself is read under its own key', () => {
  expect(readLogEvent({ ...restored, key: 'gateway:gw-1' })).toHaveProperty('event');
});

test('what is said of it holds no word of its content, however it is made', () => {
  const admit = { ...tick, kind: 'admit', encounterId: 'e-1', patientId: 'p-1' };
  const assigned = { ...tick, kind: 'deviceAssigned', deviceId: 'd-1', fromMs: 0, toMs: null };
  const bodies: unknown[] = [
    CANARY,
    { [CANARY]: CANARY },
    { ...tick, kind: CANARY, v: 9 },
    { ...tick, key: `bed:${CANARY}` },
    { ...admit, patientId: CANARY },
    { ...assigned, intervalsMs: { [CANARY]: 1 } },
    { ...assigned, intervalsMs: { heartRate: CANARY } },
  ];
  for (const body of bodies) expect(JSON.stringify(readLogEvent(body))).not.toContain(CANARY);
  expect(readLogEvent(bodies[5])).toMatchObject({ unreadable: { reason: 'invalid-event' } });
});

test('whatever is on the log is read or named, and never thrown', () => {
  fc.assert(
    fc.property(fc.anything(), fc.dictionary(fc.constantFrom(...Object.keys(tick)), fc.anything()), (any, wrong) => {
      for (const body of [any, { ...tick, ...wrong }]) {
        const read = readLogEvent(body);
        if ('event' in read) expect(LogEvent.safeParse(body).success).toBe(true);
        else expect(read.unreadable.reason).toMatch(/^(not-an-event|invalid-event|newer-schema)$/);
      }
    }),
  );
});
