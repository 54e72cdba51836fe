import { isDone, missing, type SetUp, stepsOf } from './first-run.js';

const NOTHING: SetUp = { careUnits: [], devices: [], status: null, onCall: [] };
const device = (more: object) => ({ deviceId: 'mon-1', bed: null, state: null, ...more });
const trip = (lastAtMs: number | null) => ({ canary: { gateways: [{ lastAtMs }] } });

test('an empty site lacks everything that can be known', () => {
  const steps = stepsOf(NOTHING);
  expect(steps).toEqual({ careUnit: false, device: false, bed: false, data: false, alarm: null, page: false });
  expect([isDone(steps), missing(steps)]).toEqual([false, 5]);
});

test('what is not known is neither there nor missing', () => {
  const steps = stepsOf({ careUnits: null, devices: null, status: null, onCall: null });
  expect([isDone(steps), missing(steps)]).toEqual([false, 0]);
});

test('a device that never spoke and stands at no bed is a device and nothing more', () => {
  const steps = stepsOf({ ...NOTHING, devices: [device({})] as never });
  expect(steps).toMatchObject({ device: true, bed: false, data: false });
});

test('all of it', () => {
  const steps = stepsOf({
    careUnits: [{ careUnitId: 'icu' as never, label: 'ICU' }],
    devices: [device({ bed: { label: '1' }, state: { lastSeenAgeMs: 10 } })] as never,
    status: trip(5) as never,
    onCall: [{ roles: [{ reachability: 'doubtful' }, { reachability: 'reachable' }] }] as never,
  });
  expect([isDone(steps), missing(steps)]).toEqual([true, 0]);
});

test('a test alarm that never came through, and people who cannot be reached, are missing', () => {
  const steps = stepsOf({
    ...NOTHING,
    status: trip(null) as never,
    onCall: [{ roles: [{ reachability: 'unreachable' }] }] as never,
  });
  expect(steps).toMatchObject({ alarm: false, page: false });
});
