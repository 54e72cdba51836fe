import { LogEvent, type RuleSet } from '@vigil/contracts';
import { canonical } from '@vigil/domain';
import { derive, isWithin, replayPartition } from './replay.js';
import { stateFromJson, stateToJson } from './state-json.js';

const START_MS = Date.UTC(2026, 0, 1);

const rules = (limit: number): RuleSet => ({
  ...{ v: 1, name: 'test', latenessMs: 5_000 },
  rules: [
    {
      ...{ kind: 'limit', id: 'hr-high', metric: 'heartRate', side: 'high', limit, hysteresis: 2, onDelayMs: 0, offDelayMs: 0 },
      ...{ priority: 'medium', source: 'test' },
    },
  ],
});

const event = (kind: string, atS: number, more: object): LogEvent =>
  LogEvent.parse({
    ...{ v: 1, id: `${kind}/${atS}`, key: 'bed:icu-1', origin: 'live', atMs: START_MS + atS * 1_000, kind, bedId: 'icu-1' },
    ...more,
  });

const message = (atS: number, value: number): LogEvent =>
  event('deviceMessage', atS, {
    ...{ deviceId: 'mon-1', gatewayId: 'gw-1', bootId: 'b', seq: atS },
    ...{ deviceAtMs: START_MS + atS * 1_000, gatewayAtMs: START_MS + atS * 1_000 },
    readings: [{ metric: 'heartRate', value, unit: '/min', quality: 'valid' }],
  });

const LOG = [
  event('ruleSetActivated', 0, { hash: '0'.repeat(64), ruleSet: rules(120), rate: 1, by: 'test' }),
  event('deviceAssigned', 0, { deviceId: 'mon-1', fromMs: 0, toMs: null, intervalsMs: {} }),
  event('admit', 0, { encounterId: 'e1', patientId: 'p1' }),
  ...[80, 130, 110, 125, 100].map((value, i) => message(i + 1, value)),
];

async function* batches(events: readonly LogEvent[], size = 3) {
  for (let at = 0; at < events.length; at += size) {
    yield events.slice(at, at + size).map((each, i) => ({ event: each, sequence: 100 + at + i }));
  }
  await Promise.resolve();
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe('a replay', () => {
  test('says for each transition which event made it, however the log was cut into batches', async () => {
    for (const size of [1, 3, 100]) {
      const derived = await all(derive(batches(LOG, size)));
      expect(derived.map((d) => `${d.transition.cause} ${d.sequence}`)).toEqual(['onset 104', 'end 105', 'onset 106', 'end 107']);
    }
  });

  test('twice over the same log gives the same bytes', async () => {
    const bytes = async (): Promise<string> => canonical(await all(derive(batches(LOG))));
    expect(await bytes()).toBe(await bytes());
  });

  test('of a period is cut out of the whole, by time and by place, half open', async () => {
    const derived = await all(derive(batches(LOG)));
    const causes = (period: Parameters<typeof isWithin>[0]): string[] =>
      derived.filter((d) => isWithin(period, d)).map((d) => d.transition.cause);
    expect(causes({ fromMs: START_MS + 2_000, toMs: START_MS + 4_000 })).toEqual(['onset', 'end']);
    expect(causes({ partition: 0, fromSequence: 105, toSequence: 107 })).toEqual(['end', 'onset']);
  });

  test('goes on from a saved state as if it had seen the beginning', async () => {
    const whole = await all(derive(batches(LOG)));
    let saved = '';
    await all(derive(batches(LOG.slice(0, 5)), { onState: (state) => (saved = JSON.stringify(stateToJson(state))) }));
    const rest = await all(derive(batches(LOG.slice(5)), { state: stateFromJson(JSON.parse(saved) as never) }));
    expect(rest.map((d) => d.transition)).toEqual(whole.slice(1).map((d) => d.transition));
  });

  test('with another rule set says what that would have raised', async () => {
    const events = (async function* () {
      yield LOG;
      await Promise.resolve();
    })();
    const transitions = await all(replayPartition(events, { ruleSet: rules(90) }));
    expect(transitions.map((t) => `${t.cause} ${t.evidence.limit}`)).toEqual(['onset 90']);
  });
});
