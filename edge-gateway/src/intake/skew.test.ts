import fc from 'fast-check';
import { estimate, eventTime, NO_SKEW, type SkewState } from './skew.js';

const T0 = 1_767_225_600_000;
const HOUR_MS = 3_600_000;

/** A device whose messages are numbered, arrive at wall seconds `arriveS` and say device seconds `deviceS`. */
class Device {
  state: SkewState = NO_SKEW;
  private boot = 1;
  private seq = 0;

  restarts(): void {
    this.boot++;
    this.seq = 0;
  }

  says(deviceS: number, arriveS: number, rate = 1, seq = this.seq++): { at: number; suspect: boolean } {
    const gatewayAtMs = T0 + arriveS * 1_000 * rate;
    const result = eventTime(this.state, {
      bootId: `boot-${this.boot}`,
      seq,
      deviceAtMs: T0 + deviceS * 1_000,
      gatewayAtMs,
      wallMs: T0 + arriveS * 1_000,
      rate,
    });
    this.state = result.state;
    return { at: (result.atMs - T0) / 1_000, suspect: result.clockSuspect };
  }
}

test('a good clock is taken as it is', () => {
  const device = new Device();
  for (let s = 0; s < 300; s++) expect(device.says(s, s + 0.2)).toEqual({ at: s, suspect: false });
});

test('what was kept through an outage keeps its own times', () => {
  const device = new Device();
  for (let s = 0; s < 100; s++) device.says(s, s);
  for (let s = 100; s < 3_700; s++) expect(device.says(s, 3_700 + (s - 100) / 500)).toEqual({ at: s, suspect: false });
  expect(device.says(3_708, 3_708)).toEqual({ at: 3_708, suspect: false });
});

test('a clock five minutes behind is corrected from the first message on, and said to be suspect', () => {
  const device = new Device();
  for (let s = 0; s < 200; s++) expect(device.says(s - 300, s)).toEqual({ at: s, suspect: true });
});

test('a dead battery (year 2000) is corrected', () => {
  const device = new Device();
  const device2000S = (Date.UTC(2000, 0, 1) - T0) / 1_000;
  for (let s = 0; s < 10; s++) expect(device.says(device2000S + s, s)).toEqual({ at: s, suspect: true });
});

test('a clock one day ahead never gives a time after the gateway', () => {
  const device = new Device();
  for (let s = 0; s < 200; s++) expect(device.says(s + 86_400, s)).toEqual({ at: s, suspect: true });
});

test('a single time from the far future does not shift the messages after it', () => {
  const device = new Device();
  for (let s = 0; s < 20; s++) device.says(s, s);
  expect(device.says(1e6, 20)).toEqual({ at: 20, suspect: true });
  expect(device.says(21, 21)).toEqual({ at: 21, suspect: false });
});

test('a clock that is set right again is believed at once', () => {
  const device = new Device();
  for (let s = 0; s < 20; s++) device.says(s - 300, s);
  expect(device.says(20, 20)).toEqual({ at: 20, suspect: false });
});

test('a clock that is set back while it runs is found with the first message, and what is read at that time has the right one', () => {
  const device = new Device();
  for (let s = 0; s < 100; s++) device.says(s, s);
  for (let s = 100; s < 240; s++) expect(device.says(s - 300, s)).toEqual({ at: s, suspect: true });
});

test('back over daylight saving: an hour, and forth again', () => {
  const device = new Device();
  for (let s = 0; s < 60; s++) device.says(s, s);
  for (let s = 60; s < 120; s++) expect(device.says(s - 3_600, s)).toEqual({ at: s, suspect: true });
  for (let s = 120; s < 180; s++) expect(device.says(s, s)).toEqual({ at: s, suspect: false });
  for (let s = 180; s < 240; s++) expect(device.says(s + 3_600, s)).toEqual({ at: s, suspect: true });
  for (let s = 240; s < 300; s++) expect(device.says(s, s)).toEqual({ at: s, suspect: false });
});

test('a leap second that comes twice changes nothing', () => {
  const device = new Device();
  for (let s = 0; s < 60; s++) device.says(s, s);
  expect(device.says(59, 60)).toEqual({ at: 59, suspect: false });
  for (let s = 61; s < 300; s++) expect(device.says(s - 1, s)).toEqual({ at: s - 1, suspect: false });
});

test('a device that restarts with an empty battery (1970, 2000) is suspect at once and shown at the right time', () => {
  for (const year of [1970, 2000]) {
    const device = new Device();
    for (let s = 0; s < 100; s++) device.says(s, s);
    device.restarts();
    const wrongS = (Date.UTC(year, 0, 1) - T0) / 1_000;
    for (let s = 0; s < 60; s++) expect(device.says(wrongS + s, 110 + s)).toEqual({ at: 110 + s, suspect: true });
  }
});

test('a device whose clock says 2099 is suspect at once, and right again when it is set', () => {
  const device = new Device();
  const wrongS = (Date.UTC(2099, 0, 1) - T0) / 1_000;
  for (let s = 0; s < 60; s++) expect(device.says(wrongS + s, s)).toEqual({ at: s, suspect: true });
  for (let s = 60; s < 90; s++) expect(device.says(s, s)).toEqual({ at: s, suspect: false });
});

test('a single time from the distant past is put right and shifts nothing', () => {
  const device = new Device();
  for (let s = 0; s < 20; s++) device.says(s, s);
  expect(device.says(-8e8, 20)).toEqual({ at: 20, suspect: true });
  for (let s = 21; s < 200; s++) expect(device.says(s, s)).toEqual({ at: s, suspect: false });
});

test('a device that restarts five minutes slow is suspect within 30 s', () => {
  const device = new Device();
  for (let s = 0; s < 100; s++) device.says(s, s);
  device.restarts();
  for (let s = 100; s < 130; s++) device.says(s - 300, s);
  for (let s = 130; s < 200; s++) expect(device.says(s - 300, s)).toEqual({ at: s, suspect: true });
});

test('a device that restarts without the gateway and then sends what it kept keeps its own times', () => {
  const device = new Device();
  for (let s = 0; s < 100; s++) device.says(s, s);
  device.restarts();
  for (let s = 100; s < 700; s++) expect(device.says(s, 700 + (s - 100) / 4)).toEqual({ at: s, suspect: false });
});

test('what comes newest first keeps its own times', () => {
  const device = new Device();
  for (let s = 0; s < 100; s++) device.says(s, s);
  expect(device.says(1_000, 1_000, 1, 1_000)).toEqual({ at: 1_000, suspect: false });
  for (let s = 999; s >= 100; s--) expect(device.says(s, 1_000 + (1_000 - s) / 2, 1, s)).toEqual({ at: s, suspect: false });
});

test('a drift of 200 ppm is followed: suspect from 30 s on, and never further off than its two windows allow', () => {
  const device = new Device();
  let firstSuspectS = 0;
  const worst = { suspect: 0, taken: 0 };
  for (let s = 0; s < 400_000; s += 5) {
    const { at, suspect } = device.says(s * (1 - 200e-6), s);
    if (suspect && firstSuspectS === 0) firstSuspectS = s;
    const kind = suspect ? 'suspect' : 'taken';
    worst[kind] = Math.max(worst[kind], Math.abs(at - s));
  }
  expect(worst.suspect).toBeLessThan(0.05);
  expect(worst.taken).toBeLessThan(30.1);
  expect(firstSuspectS).toBeGreaterThan(149_000);
  expect(firstSuspectS).toBeLessThan(151_000);
});

test('the limit is a wall duration times the rate', () => {
  const device = new Device();
  expect(device.says(0, 20, 60)).toEqual({ at: 0, suspect: false });
  expect(new Device().says(0, 40, 60)).toEqual({ at: 2_400, suspect: true });
});

test('a clock that is off by about the limit is not corrected to and fro', () => {
  const device = new Device();
  const seen: boolean[] = [];
  for (let s = 0; s < 1_000; s++) seen.push(device.says(s - 30 - Math.sin(s / 50), s).suspect);
  expect(seen.filter((suspect, s) => s > 0 && suspect !== seen[s - 1]).length).toBeLessThanOrEqual(1);
  for (let s = 1_000; s < 1_200; s++) device.says(s - 10, s);
  expect(device.says(1_190, 1_200)).toEqual({ at: 1_190, suspect: false });
});

test('event time is never after gateway time and the estimate stays finite, whatever a device says', () => {
  const step = fc.record({ deviceS: fc.integer({ min: -1e9, max: 1e9 }), gapS: fc.nat(100) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const device = new Device();
      let wallS = HOUR_MS;
      for (const { deviceS, gapS } of steps) {
        wallS += gapS;
        expect(device.says(deviceS, wallS).at).toBeLessThanOrEqual(wallS);
        expect(Number.isFinite(estimate(device.state) ?? 0)).toBe(true);
      }
    }),
  );
});

test('what a device 20 s ahead kept and sends together keeps its distances', () => {
  const device = new Device();
  for (let s = 0; s < 100; s++) device.says(s + 20, s);
  const burst = Array.from({ length: 10 }, (_, i) => device.says(120 + i, 110).at);
  expect(burst).toEqual([100, 101, 102, 103, 104, 105, 106, 107, 108, 109]);
});
