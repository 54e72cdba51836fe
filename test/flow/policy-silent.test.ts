import { CareUnitId } from '@vigil/contracts';
import type { LogFacts } from '../../src/ports/log.js';
import { OnCallWatchModule } from '../../src/status/on-call-watch.module.js';
import { engineOf } from '../support/engine-of.js';
import { type Api, site, startApi } from './api-fixture.js';

let api: Api;
afterEach(() => api.end());

const lines: string[] = [];
const note = (message: string, facts: LogFacts): void => void lines.push(`${message}: ${String(facts['found'] ?? '')}`);
const log = { info: note, warn: () => undefined, error: note };
const start = async (escalation: typeof site.escalation): Promise<void> => {
  lines.length = 0;
  api = await startApi({ site: { ...site, escalation }, workers: [OnCallWatchModule.from(log)] });
  await api.clock.advance(31_000);
};
const part = async () => {
  const { body } = await api.call('GET', '/health/ready');
  return body.parts.find((each: { name: string }) => each.name === 'policy');
};
const alarms = async () => {
  const engine = engineOf(api.stores);
  await engine.relay();
  const { alarms: open } = await api.stores.alarms.open(CareUnitId.parse('icu'));
  return open.map(({ conditionCode, priority }) => `${conditionCode} ${priority}`);
};

test('a site.yaml that tells nobody of high alarms is said on the log once, by readiness, and in the care unit with a patient', async () => {
  await start({ steps: [{ tell: 'primary', waitS: 30 }], priorities: ['low'] });
  expect(lines).toEqual([expect.stringContaining('high-not-told (site)')]);
  expect(await part()).toMatchObject({ ready: false, reason: expect.stringContaining('high-not-told (care unit icu)') });
  expect(await alarms()).toEqual(['onCall.nobodyOnCall high']);
  await api.clock.advance(120_000);
  expect(lines).toHaveLength(1);
});

test('while the policy in force tells somebody of each high alarm, nothing is said', async () => {
  await start(site.escalation);
  expect(lines).toEqual([]);
  expect(await part()).toMatchObject({ ready: true });
  expect(await alarms()).toEqual([]);
});
