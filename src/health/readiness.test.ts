import { FakeClock } from '@vigil/clock';
import { Readiness } from './readiness.js';

test('nothing expected means not ready', () => {
  expect(new Readiness(new FakeClock()).report()).toEqual({ ready: false, parts: [] });
});

test('a part is ready from its report until it fails or falls silent', async () => {
  const clock = new FakeClock();
  const readiness = new Readiness(clock);
  const part = readiness.expect('alarms', { staleMs: 5_000, processing: true });
  expect(readiness.report()).toEqual({
    ready: false,
    parts: [{ name: 'alarms', ready: false, vital: true, reason: 'starting' }],
  });
  part.ok();
  expect(readiness.processing()).toBe(true);
  await clock.advance(5_001);
  expect(readiness.report().parts[0]?.reason).toBe('silent for 5001 ms');
  expect(readiness.processing()).toBe(false);
  part.ok();
  part.failed('ownership-lost');
  expect(readiness.report().ready).toBe(false);
});

test('parts that find no alarms do not make screens say that alarms may be missing', () => {
  const readiness = new Readiness(new FakeClock());
  readiness.expect('alarms', { staleMs: 1, processing: true }).ok();
  readiness.expect('history', { staleMs: 1 });
  expect([readiness.processing(), readiness.report().ready]).toEqual([true, false]);
});

test('a part that only degrades is named, and the process stays ready', () => {
  const readiness = new Readiness(new FakeClock());
  readiness.expect('alarms', { staleMs: 1 }).ok();
  readiness.expect('audit-anchors', { staleMs: 1, degradesOnly: true }).failed('1 of 2');
  expect(readiness.report()).toMatchObject({
    ready: true,
    parts: [
      { ready: true, vital: true },
      { name: 'audit-anchors', ready: false, vital: false, reason: '1 of 2' },
    ],
  });
});

test('what only degrades in another process is seen here, and makes nothing unready', () => {
  const others = [
    { name: 'history-store', reason: 'history: influx-silent' },
    { name: 'keys', reason: 'history: keys-unavailable' },
  ];
  const readiness = new Readiness(
    new FakeClock(),
    () => null,
    () => others,
  );
  readiness.expect('keys', { staleMs: 1 }).ok();
  expect(readiness.report()).toEqual({
    ready: true,
    parts: [
      { name: 'keys', ready: true, vital: true, reason: '' },
      { name: 'history-store', ready: false, vital: false, reason: 'history: influx-silent' },
    ],
  });
  expect(readiness.reportHere().parts).toHaveLength(1);
});

test('the lag is the age of the newest event that was finished', async () => {
  const clock = new FakeClock();
  const readiness = new Readiness(clock);
  expect(readiness.streamLagMs()).toBeNull();
  readiness.noteHubEvent(clock.wallMs() - 200);
  readiness.noteHubEvent(clock.wallMs() - 900);
  await clock.advance(50);
  expect(readiness.streamLagMs()).toBe(250);
});
