import { LogEvent } from '@vigil/contracts';
import { CANARY_POLICY, isCanary } from './canary.js';
import { routeFor } from './paging-policy.js';
import { run, summary } from './test-kit.js';

const EPOCH_MS = 1_000_000_000_200_000;
const canary = (atS: number, seq: number, bootId = 'a'): LogEvent =>
  LogEvent.parse({
    ...{ v: 1, kind: 'canary', id: `canary/gw-1/${bootId}/${seq}`, key: 'gateway:gw-1', origin: 'canary' },
    ...{ atMs: EPOCH_MS + atS * 1_000, gatewayId: 'gw-1', bootId, seq, sentWallMs: 5 },
  });

test('each test message ends the alarm before it and raises one, with the time at which its gateway sent it', () => {
  const { transitions } = run([canary(0, 1), canary(300, 2)], { check: true });
  expect(summary(transitions)).toEqual(['canary onset high on @0', 'canary closed high off @300', 'canary onset high on @300']);
  expect(transitions[0]).toMatchObject({ origin: 'canary', gatewayId: 'gw-1', trigger: { gatewayAtMs: 5, seq: 1 } });
  expect(transitions.every(isCanary)).toBe(true);
});

test('one that the log has twice, or that is older, changes nothing; a gateway that starts anew counts from one', () => {
  const { transitions } = run([canary(0, 1), canary(0, 1), canary(300, 2), canary(0, 1), canary(600, 1, 'b')]);
  expect(summary(transitions).filter((line) => line.includes('onset'))).toHaveLength(3);
});

test('only a gateway has a test alarm: nothing that a device calls by that name is one', () => {
  expect(isCanary({ conditionCode: 'canary', origin: 'live', gatewayId: 'gw-1' })).toBe(false);
  expect(isCanary({ conditionCode: 'heartRate.high', origin: 'canary', gatewayId: 'gw-1' })).toBe(false);
  expect(isCanary({ conditionCode: 'canary', origin: 'canary', gatewayId: null })).toBe(false);
});

test('it tells nobody but what measures it, and once', () => {
  const [alarm] = run([canary(0, 1)]).transitions;
  expect(routeFor(CANARY_POLICY, alarm!)).toBe(0);
  expect(CANARY_POLICY.routes[0]).toMatchObject({ repeat: null, steps: [{ tell: [{ staffId: 'vigil-canary' }] }] });
});
