import { type FakeClock } from '@vigil/clock';
import { Metrics } from '../health/metrics.js';
import { Integrations } from '../health/integrations.js';
import { Readiness } from '../health/readiness.js';
import { SiteProcesses } from '../health/site-processes.js';
import type { AlarmState } from '../ports/alarm-state.js';
import type { AppClock } from '../ports/app-clock.js';
import type { EhrOut } from '../ports/ehr-out.js';
import type { SendOutcome } from '../ports/fhir-server.js';
import { EhrOutWard, MINUTE_MS, START_MS } from '../../test/support/ehr-out-ward.js';
import { AlwaysMine } from '../ports/once.js';
import { EhrOutOptions, EhrOutService } from './ehr-out.service.js';
import { RetryRequests } from './retry-requests.js';

function serviceOf(ward: EhrOutWard, isOwn = true) {
  const clock = ward.clock as FakeClock & AppClock;
  const readiness = new Readiness(clock);
  const integrations = new Integrations(new SiteProcesses(() => 0));
  const retries = new RetryRequests(new SiteProcesses(() => 0), {} as EhrOut);
  const lines: string[] = [];
  const say = (message: string): void => void lines.push(message);
  const log = { info: say, warn: say, error: say };
  const alarms = { isOwnLog: () => Promise.resolve(isOwn) } as unknown as AlarmState;
  const options = new EhrOutOptions(ward.parts());
  const service = new EhrOutService(
    ward.log,
    alarms,
    clock,
    log,
    options,
    readiness,
    new Metrics(),
    integrations,
    retries,
    new AlwaysMine(),
  );
  const part = () => readiness.report().parts.find(({ name }) => name === 'fhir');
  const state = async () => (await integrations.report()).find(({ name }) => name === 'fhir-out');
  return { service, part, state, retries, integrations, lines };
}

test('a site without a server is told to have none, and sends nothing again', async () => {
  const report = await new Integrations(new SiteProcesses(() => 0)).report();
  expect(report.map(({ name, state }) => [name, state])).toEqual([
    ['fhir-out', 'off'],
    ['fhir-in', 'off'],
    ['hl7-in', 'off'],
  ]);
  expect(await new RetryRequests(new SiteProcesses(() => 0), {} as EhrOut).ask()).toBe(0);
});

test('a server that takes nothing is said after a minute, with a code and since when, and Vigil stays ready', async () => {
  const ward = new EhrOutWard('every');
  const { service, part, state } = serviceOf(ward);
  service.onApplicationBootstrap();
  await ward.pass(0);
  await ward.pass(2_000);
  expect(part()).toMatchObject({ ready: true });
  expect(await state()).toMatchObject({ state: 'working', queue: 0, lagMs: 0 });
  ward.ehr.away = true;
  await ward.log.append([ward.message(START_MS, { heartRate: 70 })]);
  for (let n = 0; n < 4; n++) await ward.pass(MINUTE_MS / 2);
  expect(part()).toMatchObject({ ready: false, reason: 'the FHIR server takes nothing: http-503' });
  expect(await state()).toMatchObject({ state: 'away', queue: 1, lastTrouble: 'http-503', sinceWallMs: expect.any(Number) });
  ward.ehr.away = false;
  for (let n = 0; n < 4; n++) await ward.pass(MINUTE_MS / 2);
  expect(part()).toMatchObject({ ready: true });
  expect(ward.ehr.count).toBe(1);
  await service.beforeApplicationShutdown();
});

test('what waits is looked at by itself, and what was refused when a person asks', async () => {
  const ward = new EhrOutWard('every');
  ward.ehr.refuses = ({ resourceType }) => (resourceType === 'Observation' ? { status: 422, issue: 'invariant' } : null);
  await ward.log.append([ward.message(START_MS, { heartRate: 70 })]);
  const { service, state, retries } = serviceOf(ward);
  service.onApplicationBootstrap();
  await ward.pass(20_000);
  expect(await state()).toMatchObject({ state: 'waiting', waiting: { refused: 1 } });
  ward.ehr.refuses = () => null;
  await ward.pass(20_000);
  expect(ward.ehr.count).toBe(0);
  expect(await retries.ask()).toBe(1);
  await ward.pass(20_000);
  expect(ward.ehr.count).toBe(1);
  expect(await state()).toMatchObject({ state: 'working', waiting: { refused: 0 } });
  await service.beforeApplicationShutdown();
});

test('it stops while the server says nothing, and nothing of what was read is passed over', async () => {
  const ward = new EhrOutWard('every');
  ward.ehr.send = (_batch, signal) =>
    new Promise<readonly SendOutcome[]>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  await ward.log.append([ward.message(START_MS, { heartRate: 70 })]);
  const { service } = serviceOf(ward);
  service.onApplicationBootstrap();
  await ward.pass(20_000);
  await service.beforeApplicationShutdown();
  expect(ward.store.positions.size).toBe(0);
});

test('nothing of another log than the one that was read goes out', async () => {
  const ward = new EhrOutWard('every');
  await ward.log.append([ward.message(START_MS, { heartRate: 70 })]);
  const { service, part } = serviceOf(ward, false);
  service.onApplicationBootstrap();
  await ward.pass(20_000);
  expect(part()).toMatchObject({ ready: false, reason: 'another-log' });
  expect(ward.ehr.requests).toEqual([]);
  await service.beforeApplicationShutdown();
});
