import { type DeviceToFix, FleetDevice } from '@vigil/contracts';
import { type HeldFacts, TO_FIX_MAX, toFixToday } from './to-fix.js';

const DAY_MS = 86_400_000;
const WALL_MS = Date.UTC(2026, 10, 21, 12);
/** Event time is another number than wall time, so that mixing them up shows. */
const NOW_MS = 500 * DAY_MS;

const record = (more: object = {}) => ({
  ...{ deviceId: 'mon-1', gatewayId: 'gw-1', profile: 'monitor', manufacturer: 'Example', model: 'M3', serial: 'S-1', udi: null },
  ...{ firmwareWanted: '4.2', owner: null, place: null, calibrationDueDay: null },
  ...{ state: 'in-use', stateReason: null, stateSinceMs: null, rev: 1 },
  ...more,
});
const state = (more: object = {}) => ({
  ...{ atMs: NOW_MS, isCurrent: true, connected: true, lastSeenMs: NOW_MS - 1_000, lastSeenAgeMs: 1_000, skewMs: 40 },
  ...{ clockSuspect: false, certificateNotAfterMs: WALL_MS + 200 * DAY_MS, said: {}, accepted: 100, rejected: 0, duplicates: 0 },
  ...more,
});
const device = (more: object = {}): FleetDevice =>
  FleetDevice.parse({
    ...{ deviceId: 'mon-1', gatewayId: 'gw-1', inSite: true, bed: null, faults: [], record: record(), state: state() },
    ...more,
  });
const bed = { bedId: 'icu-1', label: 'ICU 1', careUnitId: 'icu' };
const recent = (more: object) => ({ recent: { sinceMs: NOW_MS - 3_600_000, accepted: 0, rejected: 0, reconnects: 0, ...more } });

function found(devices: readonly FleetDevice[], held: readonly HeldFacts[] = [], rate = 1): readonly DeviceToFix[] {
  return toFixToday({ devices, held, nowMs: NOW_MS, wallMs: WALL_MS, rate }).items;
}
const seen = (devices: readonly FleetDevice[], held: readonly HeldFacts[] = []) =>
  found(devices, held).map(({ kind, severity }) => `${kind} ${severity}`);

test.each<[what: string, more: object, expected: string[]]>([
  ['a device with nothing wrong is not on the list', {}, []],
  ['another serial number than the registry’s', { state: state({ said: { serial: 'S-2' } }) }, ['wrong-device now']],
  ['the same serial number in other letters', { state: state({ said: { serial: ' s-1 ' } }) }, []],
  ['a UDI that the registry does not know', { state: state({ said: { udi: '(01)1' } }) }, []],
  ['another model', { state: state({ said: { model: 'M4', serial: 'S-1' } }) }, ['wrong-device now']],
  [
    'also when its gateway has fallen silent',
    { state: state({ said: { serial: 'x' }, isCurrent: false }) },
    ['wrong-device now'],
  ],
  ['in quarantine and connected', { record: record({ state: 'quarantined' }) }, ['locked-out-sending now']],
  [
    'in quarantine and quiet since',
    { record: record({ state: 'quarantined', stateSinceMs: NOW_MS }), state: state({ connected: false }) },
    [],
  ],
  [
    'in quarantine for less than a minute, and heard meanwhile',
    { record: record({ state: 'quarantined', stateSinceMs: NOW_MS - 60_000 }) },
    [],
  ],
  [
    'retired, and heard after that',
    { record: record({ state: 'retired', stateSinceMs: NOW_MS - 62_000 }), state: state({ connected: false, isCurrent: false }) },
    ['locked-out-sending now'],
  ],
  [
    'retired: its calibration, battery and certificate are nobody’s work',
    {
      record: record({ state: 'retired', stateSinceMs: NOW_MS, calibrationDueDay: '2020-01-01' }),
      state: state({ connected: false, certificateNotAfterMs: 1, said: { batteryPercent: 1 } }),
    },
    [],
  ],
  ['connected and not in the registry', { record: null, inSite: false }, ['not-in-registry now']],
  ['once connected and not in the registry', { record: null, inSite: false, state: state({ isCurrent: false }) }, []],
  ['at a bed and never heard', { bed, state: null }, ['unheard-at-bed now']],
  ['at a bed, and its gateway has heard nothing', { bed, state: state({ lastSeenMs: null }) }, ['unheard-at-bed now']],
  ['at no bed and never heard', { state: null }, []],
  ['a day without a word, at a bed', { bed, state: state({ lastSeenMs: NOW_MS - DAY_MS, isCurrent: false }) }, ['not-seen now']],
  ['a day without a word, on a shelf', { state: state({ lastSeenMs: NOW_MS - DAY_MS, isCurrent: false }) }, ['not-seen soon']],
  ['nearly a day', { state: state({ lastSeenMs: NOW_MS - DAY_MS + 1, isCurrent: false }) }, []],
  ['a fault that stands', { faults: [{ fault: 'sessionConflict', atMs: NOW_MS }] }, ['fault now']],
  ['a battery at a fifth', { state: state({ said: { batteryPercent: 20 } }) }, ['battery today']],
  ['a battery at a tenth', { state: state({ said: { batteryPercent: 10 } }) }, ['battery now']],
  ['a battery above', { state: state({ said: { batteryPercent: 20.5 } }) }, []],
  ['a low battery on mains', { state: state({ said: { batteryPercent: 5, mains: true } }) }, []],
  ['a low battery of an hour ago', { state: state({ said: { batteryPercent: 5 }, isCurrent: false }) }, []],
  ['a clock that is off', { state: state({ skewMs: -2_001 }) }, ['clock today']],
  ['a clock that is nearly right', { state: state({ skewMs: 2_000 }) }, []],
  [
    'a clock beyond help, told once',
    { state: state({ clockSuspect: true }), faults: [{ fault: 'clockSuspect', atMs: NOW_MS }] },
    ['clock now'],
  ],
  ['one of twenty refused', { state: state(recent({ accepted: 19, rejected: 1 })) }, ['rejects today']],
  ['too few to tell', { state: state(recent({ accepted: 9, rejected: 9 })) }, []],
  ['one of a hundred refused', { state: state(recent({ accepted: 99, rejected: 1 })) }, []],
  ['six reconnections within the hour', { state: state(recent({ reconnects: 6 })) }, ['reconnects today']],
  ['five', { state: state(recent({ reconnects: 5 })) }, []],
  ['six in two hours', { state: state(recent({ reconnects: 6, sinceMs: NOW_MS - 7_200_000 })) }, []],
  ['six in five minutes', { state: state(recent({ reconnects: 6, sinceMs: NOW_MS - 300_000 })) }, ['reconnects today']],
  ['a gateway that counts no reconnections', { state: state(recent({ reconnects: null })) }, []],
  ['a certificate with 30 days', { state: state({ certificateNotAfterMs: WALL_MS + 30 * DAY_MS }) }, ['certificate soon']],
  ['a certificate with a day', { state: state({ certificateNotAfterMs: WALL_MS + DAY_MS }) }, ['certificate today']],
  ['a certificate that has ended', { state: state({ certificateNotAfterMs: WALL_MS }) }, ['certificate now']],
  ['calibration in 14 days', { record: record({ calibrationDueDay: '2026-12-05' }) }, ['calibration soon']],
  ['calibration in 15 days', { record: record({ calibrationDueDay: '2026-12-06' }) }, []],
  ['calibration today', { record: record({ calibrationDueDay: '2026-11-21' }) }, ['calibration today']],
  [
    'calibration over, of a device that nobody hears',
    { record: record({ calibrationDueDay: '2020-01-31' }), state: null },
    ['calibration today'],
  ],
  ['another firmware', { state: state({ said: { firmware: '4.1' } }) }, ['firmware soon']],
  ['the firmware that it should have', { state: state({ said: { firmware: '4.2 ' } }) }, []],
  [
    'a firmware that nobody asked for',
    { record: record({ firmwareWanted: null }), state: state({ said: { firmware: '9' } }) },
    [],
  ],
])('%s', (_what, more, expected) => {
  expect(seen([device(more)])).toEqual(expected);
});

test('what waits in the tray is there once, also of a device that the fleet does not know', () => {
  const held = [
    { deviceId: 'mon-1', count: 3, fromMs: 7 },
    { deviceId: 'mon-9', count: 1, fromMs: 8 },
  ];
  expect(found([device()], held)).toMatchObject([
    { deviceId: 'mon-1', kind: 'in-tray', severity: 'now', sinceMs: 7, bedId: null },
    { deviceId: 'mon-9', kind: 'in-tray', severity: 'now', sinceMs: 8 },
  ]);
});

test('the worst stands first, and the order does not depend on the order of the devices', () => {
  const devices = [
    device({ deviceId: 'a', state: state({ said: { firmware: '1' } }) }),
    device({ deviceId: 'c', state: state({ said: { serial: 'x', batteryPercent: 3 } }) }),
    device({ deviceId: 'b', state: state({ said: { serial: 'x' } }) }),
    device({ deviceId: 'd', record: record({ calibrationDueDay: '2026-11-01' }) }),
  ];
  const order = found(devices).map(({ deviceId, kind }) => `${deviceId} ${kind}`);
  expect(order).toEqual(['b wrong-device', 'c wrong-device', 'c battery', 'd calibration', 'a firmware']);
  expect(found(devices.toReversed())).toEqual(found(devices));
});

test('times of the gateway count in wall time, whatever the speed', () => {
  const quiet = device({ bed, state: state({ lastSeenMs: NOW_MS - 60 * DAY_MS, isCurrent: false }) });
  expect(found([quiet], [], 61)).toEqual([]);
  expect(found([quiet], [], 60)).toMatchObject([{ kind: 'not-seen', bedId: 'icu-1' }]);
});

test('a list has an end, and says how much it leaves out', () => {
  const devices = Array.from({ length: TO_FIX_MAX + 3 }, (_, n) => device({ deviceId: `m${n}`, bed, state: null }));
  const { items, leftOut } = toFixToday({ devices, held: null, nowMs: NOW_MS, wallMs: WALL_MS, rate: 1 });
  expect([items.length, leftOut]).toEqual([TO_FIX_MAX, 3]);
});

test('no line says a serial number or a UDI, and each tells what to do', () => {
  const said = { serial: 'SECRET-1', udi: '(01)SECRET', model: 'other' };
  const worst = device({
    bed,
    record: record({ udi: '(01)2' }),
    state: state({ said }),
    faults: [{ fault: 'flooding', atMs: 1 }],
  });
  const lines = found([worst], [{ deviceId: 'mon-1', count: 1, fromMs: 1 }]);
  expect(JSON.stringify(lines)).not.toContain('SECRET');
  for (const { what } of lines) expect(what).toMatch(/^[A-Z0-9].*[:.].*\.$/);
});
