import type { SelfTest, SelfTestGateway, StatusView } from '@vigil/contracts';
import '../words/english-for-tests.js';
import { hopsText, hopText, hopTimes, resultText, type SystemFacts, testText, wrongsOf } from './system-words.js';

const trip = (afterMs: number, late = false) => ({
  ...{ gatewayId: `gw-${afterMs}`, tookMs: afterMs, lastAtMs: 1, ageMs: 1, late },
  hops: [{ at: 'stored', afterMs }],
});
const status = (more: object = {}): StatusView =>
  ({
    ...{ atMs: 1, watchdogAgeMs: 1_000, channels: [], troubles: [] },
    paging: { problem: null, loops: {}, overdue: null, careUnitIds: [], canary: 'ok' },
    canary: { state: 'ok', intervalMs: 60_000, gateways: [] },
    ...more,
  }) as unknown as StatusView;
const facts = (more: Partial<SystemFacts> = {}): SystemFacts => ({
  ...{ status: status(), parts: [], ready: true, live: true, presence: null, ...more },
});

describe('what is wrong', () => {
  test('nothing, where nothing is known to be, and where this page has no live picture', () => {
    expect(wrongsOf(facts())).toEqual([]);
    expect(wrongsOf(facts({ live: null }))).toEqual([]);
  });

  test('a screen that is not live comes first; then what keeps people from being told', () => {
    const paging = { problem: 'store-away', loops: {}, overdue: null, careUnitIds: [], canary: 'late' };
    const canary = { state: 'late', intervalMs: 60_000, gateways: [trip(5, true)] };
    const wrongs = wrongsOf(facts({ live: false, status: status({ paging, canary, watchdogAgeMs: null }) }));
    expect(wrongs.map(({ key }) => key)).toEqual(['live', 'paging', 'canary-gw-5', 'watchdog']);
    expect(wrongs[1]!.text).toContain('call people yourselves');
  });

  test('a part without which patients are watched is told apart from one that stops everything', () => {
    const parts = [{ name: 'audit-log', ready: false, reason: 'silent' }];
    expect(wrongsOf(facts({ parts, ready: true }))[0]!.text).toBe(
      'Patients are watched, but audit-log does not work: silent. Tell IT.',
    );
    expect(wrongsOf(facts({ parts, ready: false }))[0]!.text).toContain('Look at the bedside monitors');
    const told = [
      { name: 'fhir', ready: false, vital: false, reason: 'away' },
      { name: 'alarms', ready: false, vital: true, reason: 'silent' },
    ];
    expect(wrongsOf(facts({ parts: told, ready: false })).map(({ text }) => text)).toEqual([
      'A part of Vigil does not work: alarms (silent). Look at the bedside monitors and tell IT.',
      'Patients are watched, but fhir does not work: away. Tell IT.',
    ]);
  });

  test('a dark station and a unit that nobody watches are named', () => {
    const stations = [{ stationId: 'st-1', label: 'Desk 2', state: 'silent' as const, sound: null, sinceMs: 1 as never }];
    const presence = { careUnitId: 'icu' as never, stations, others: 0, unwatched: true };
    expect(wrongsOf(facts({ presence })).map(({ key }) => key)).toEqual(['unwatched', 'station-st-1']);
  });
});

test('times of a place are of all gateways: the middle and the slowest', () => {
  expect(hopTimes([], 'stored')).toBeNull();
  expect(hopText(null)).toBe('–');
  const found = hopTimes([trip(10), trip(30), trip(900)] as never, 'stored');
  expect(found).toEqual({ p50: 30, p99: 900, count: 3 });
  expect(hopText(found)).toBe('30 ms, slowest 900 ms (of 3 gateways)');
});

describe('a self-test', () => {
  const gateway = (more: Partial<SelfTestGateway>): SelfTestGateway =>
    ({ gatewayId: 'gw-1', state: 'running', hops: [], missing: null, ...more }) as SelfTestGateway;
  const whole = (more: Partial<SelfTest>): SelfTest =>
    ({ ...{ testId: 't', startedBy: 'amy', startedAtMs: 1_000, endedAtMs: null, limitMs: 30_000 }, ...more }) as SelfTest;

  test('what came through says in how many seconds, and each place', () => {
    const hops = [
      { at: 'gateway' as const, afterMs: 2_000 },
      { at: 'sent' as const, afterMs: 2_940 },
    ];
    expect(resultText(gateway({ state: 'passed', hops }))).toBe('came through, 2.9 s after it was asked for');
    expect(hopsText({ hops })).toBe('gateway heard 2.0 s, message sent 2.9 s');
  });

  test.each([
    ['gateway', 'The gateway did not ask'],
    ['hub', 'Its uplink, the hub or the engine'],
    ['queued', 'The escalation does not run'],
    ['sent', 'it was not sent'],
  ] as const)('what ended before %s says so', (missing, words) => {
    expect(resultText(gateway({ state: 'failed', missing }))).toContain(words);
  });

  test('the whole says how long it may take, and that none was tried where there is no gateway', () => {
    const gateways = [gateway({})];
    expect(testText(whole({ state: 'running', gateways }), 4_000)).toBe('Under way: 3 s of at most 30 s.');
    // A clock that is behind the server's counts from nothing.
    expect(testText(whole({ state: 'running', gateways }), 0)).toBe('Under way: 0 s of at most 30 s.');
    expect(testText(whole({ state: 'failed', gateways: [] }), 0)).toContain('no gateway is set up');
    expect(testText(whole({ state: 'failed', gateways }), 0)).toContain('FAILED');
    expect(testText(whole({ state: 'passed', gateways }), 0)).toContain('PASSED');
  });
});
