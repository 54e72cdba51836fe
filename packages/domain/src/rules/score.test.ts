import { type ChartItem, LogEvent, type MetricName, type ScoreRule } from '@vigil/contracts';
import type { BedState } from '../state.js';
import { emptyPartition } from '../state.js';
import { step } from '../step.js';
import { admit, assign, message, tick } from '../test-kit.js';
import type { Holds, RuleContext } from './evaluator.js';
import { scoreKind, type ScoreMemory } from './score.js';
import { runSet, setOf } from './test-kit.js';

const EPOCH_MS = 1_000_000_000_200_000;
const rule: ScoreRule = {
  ...{ kind: 'score', id: 'news2', score: 'news2', basis: 'estimate', atLeast: 5, singleParameter: true },
  ...{ priority: 'medium', source: 'test' },
};
const WELL = { heartRate: 70, spo2: 98, respirationRate: 16, nibpSystolic: 120, temperature: 37 } as const;

/** A bed whose score a rule is asked about after each event. */
class Asked {
  private state = step(emptyPartition(), [assign('mon-1'), admit(0)]).state;
  private readonly memory: ScoreMemory;
  readonly answers: (readonly [Holds, number | null])[] = [];

  constructor(private readonly rule: ScoreRule) {
    this.memory = scoreKind.empty(rule);
  }

  after(...events: LogEvent[]): this {
    for (const event of events) {
      this.state = step(this.state, [event]).state;
      const answer = scoreKind.ask!(this.rule, this.memory, this.context(event.atMs))!;
      this.answers.push([answer.holds, answer.value]);
    }
    return this;
  }

  context(nowMs: number): RuleContext {
    return { bed: this.state.keys.get('bed:icu-1') as BedState, nowMs, rate: 1, truth: () => null };
  }

  evidence(nowMs: number) {
    return scoreKind.evidence(this.rule, this.memory, { holds: 'yes', value: 0 }, this.context(nowMs));
  }
}

const chart = (atS: number, items: ChartItem[], validated = false): LogEvent =>
  LogEvent.parse({
    ...{ v: 1, id: `chart/${atS}`, key: 'bed:icu-1', origin: 'live', atMs: EPOCH_MS + atS * 1_000, kind: 'charted' },
    ...{ bedId: 'icu-1', encounterId: 'e1', chartId: `c${atS}`, by: 'amy', validated, items },
  });
const all = (values: Partial<Record<MetricName, number>>, consciousness: 'A' | 'V' = 'A'): ChartItem[] => [
  { item: 'consciousness', value: consciousness },
  { item: 'supplementalOxygen', value: 'air' },
  ...Object.entries(values).map(([metric, value]) => ({ item: 'number' as const, metric: metric as MetricName, value })),
];

describe('a rule on the estimate', () => {
  test('raises only when the least that the score can be reaches the total', () => {
    const plain = new Asked({ ...rule, singleParameter: false });
    // 2 for the pulse, 1 for the temperature; consciousness and oxygen could add 5.
    plain.after(message(1, { ...WELL, heartRate: 120, temperature: 38.5 }));
    plain.after(message(11, { ...WELL, heartRate: 120, temperature: 38.5, respirationRate: 22 }));
    expect(plain.answers).toEqual([
      ['unknown', 3],
      ['yes', 5],
    ]);
  });

  test('raises for one parameter that scores 3, where the rule says so', () => {
    const ill = { ...WELL, respirationRate: 30 };
    expect(new Asked(rule).after(message(1, ill)).answers).toEqual([['yes', 3]]);
    expect(new Asked({ ...rule, singleParameter: false }).after(message(1, ill)).answers).toEqual([['unknown', 3]]);
  });

  test('says no when the score has come down, although parts are missing', () => {
    const asked = new Asked(rule).after(message(1, { ...WELL, respirationRate: 30 }), message(12, WELL));
    expect(asked.answers.map(([holds]) => holds)).toEqual(['yes', 'no']);
  });

  test('does not end because a part fell away: nobody knows that it is better', () => {
    const asked = new Asked(rule).after(message(1, { ...WELL, respirationRate: 30 }));
    for (let s = 100; s <= 400; s += 100) asked.after(tick(s));
    expect(asked.answers.map(([holds]) => holds)).toEqual(['yes', 'yes', 'yes', 'yes', 'unknown']);
    asked.after(message(401, { respirationRate: 16 }));
    expect(asked.answers.at(-1)).toEqual(['no', 0]);
  });

  test('remembers a part that fell away while the score was still high enough without it', () => {
    const asked = new Asked({ ...rule, singleParameter: false });
    const rest = { respirationRate: 30, heartRate: 135 };
    asked.after(message(1, { ...rest, spo2: 90 }), message(200, rest), message(302, rest));
    // The probe came off, and then the breath was better: the saturation may be as bad as it was.
    asked.after(message(313, { ...rest, respirationRate: 16 }));
    expect(asked.answers).toEqual([
      ['yes', 9],
      ['yes', 9],
      ['yes', 6],
      ['unknown', 3],
    ]);
    expect(asked.after(message(324, { ...rest, respirationRate: 16, spo2: 98 })).answers.at(-1)).toEqual(['no', 3]);
  });

  test('knows that it does not hold where even the most is below', () => {
    const asked = new Asked(rule).after(message(1, WELL), chart(2, all({})));
    expect(asked.answers).toEqual([
      ['unknown', 0],
      ['no', 0],
    ]);
  });

  test('shows every part with its age and source', () => {
    const asked = new Asked(rule).after(message(1, WELL), chart(2, all({})));
    expect(asked.evidence(EPOCH_MS + 3_000).parts).toHaveLength(7);
    expect(asked.evidence(EPOCH_MS + 3_000).parts![5]).toMatchObject({ part: 'consciousness', value: 'A', source: 'charted' });
  });
});

describe('a rule on the charted score', () => {
  const charted: ScoreRule = { ...rule, basis: 'charted' };

  test('looks at nothing but a validated set', () => {
    const asked = new Asked(charted).after(message(1, { ...WELL, respirationRate: 30 }), chart(2, all(WELL, 'V')));
    expect(asked.answers.map(([holds]) => holds)).toEqual(['unknown', 'unknown']);
    expect(asked.after(chart(3, all(WELL, 'V'), true)).answers.at(-1)).toEqual(['yes', 3]);
    expect(asked.evidence(EPOCH_MS + 3_000).parts![5]).toMatchObject({ part: 'consciousness', points: 3 });
    expect(asked.after(chart(4, all(WELL), true)).answers.at(-1)).toEqual(['no', 0]);
  });

  test('says nothing any more when the set is too old', () => {
    const asked = new Asked(charted).after(chart(3, all(WELL, 'V'), true));
    expect(scoreKind.ask!(charted, scoreKind.empty(charted), asked.context(EPOCH_MS + 3_603_000))).toMatchObject({
      holds: 'unknown',
    });
  });
});

describe('in the engine', () => {
  const rules = {
    v: 2,
    name: 'scores',
    latenessMs: 5_000,
    rules: [
      { ...rule, id: 'news2-5', levels: [{ priority: 'high', limit: 7 }], singleParameter: false },
      { ...rule, id: 'news2-charted', basis: 'charted' },
    ],
  };
  const activated = LogEvent.parse({
    ...{ v: 1, id: 'rules', key: 'bed:icu-1', origin: 'live', atMs: EPOCH_MS, kind: 'ruleSetActivated' },
    ...{ hash: 'a'.repeat(64), ruleSet: rules, rate: 1, by: 'test' },
  });
  const told = (events: readonly LogEvent[]) =>
    step(emptyPartition(), events).effects.map(({ transition: t }) => `${t.conditionCode} ${t.cause} ${t.priority}`);
  const ill = { ...WELL, heartRate: 120, temperature: 38.5, respirationRate: 22 };

  test('an estimate raises its alarm with the reading, rises with the score, comes down, and ends', () => {
    const events = [activated, assign('mon-1'), admit(0), message(1, ill), message(2, { ...ill, spo2: 93 }), message(3, ill)];
    expect(told([...events, message(4, WELL)])).toEqual([
      'news2-5 onset medium',
      'news2-5 raised high',
      'news2-5 lowered medium',
      'news2-5 end medium',
    ]);
  });

  test('an alarm becomes no less urgent because a part fell away', () => {
    const levels = [{ priority: 'high', limit: 7 }];
    const set = setOf([{ kind: 'score', id: 'news2', score: 'news2', basis: 'estimate', atLeast: 5, levels }]);
    const rest = { respirationRate: 30, heartRate: 135 };
    const { said } = runSet(set, [message(1, { ...rest, spo2: 90 }), message(200, rest), message(302, rest), message(402, rest)]);
    expect(said).toHaveLength(1);
    expect(runSet(set, [message(1, { ...rest, spo2: 90 }), message(12, { ...rest, spo2: 98 })]).said).toHaveLength(2);
  });

  test('a charted set raises and ends an alarm of its own, at once, with parts and without waiting for a device', () => {
    const sick = chart(5, all(WELL, 'V'), true);
    const result = step(emptyPartition(), [activated, assign('mon-1'), admit(0), sick, chart(9, all(WELL), true)]);
    const alarms = result.effects.map(({ transition: t }) => t);
    expect(alarms.map((t) => `${t.conditionCode} ${t.cause}`)).toEqual(['news2-charted onset', 'news2-charted end']);
    expect(alarms[0]!.evidence).toMatchObject({ value: 3, limit: 5, parts: expect.any(Array) });
  });
});

test('where the age group has no such score any more, nothing is known of it: what looks for its absence does not begin', () => {
  const set = setOf([
    { ...rule, raises: false },
    { kind: 'limit', id: 'fast', metric: 'heartRate', side: 'high', limit: 150, hysteresis: 0, onDelayMs: 0, offDelayMs: 0 },
    { kind: 'composite', id: 'fast-but-well', when: { all: [{ rule: 'fast' }, { not: { rule: 'news2' } }] } },
  ]);
  const neonate = LogEvent.parse({
    ...{ v: 1, id: 'p', key: 'bed:icu-1', origin: 'live', atMs: EPOCH_MS + 3_000, kind: 'stayProfileSet', bedId: 'icu-1' },
    ...{ encounterId: 'e1', ageGroup: 'neonate', by: 'amy' },
  });
  const well = chart(1, all({ ...WELL, nibpSystolic: 120 }));
  const fast = message(4, { heartRate: 160 });
  const { said: asAdult } = runSet(set, [well, message(2, WELL), message(3, { heartRate: 160 })]);
  expect(asAdult).toEqual(['heartRate.high onset medium on @3']);
  const { said } = runSet(set, [well, message(2, WELL), neonate, fast]);
  expect(said).toEqual(['heartRate.high onset medium on @4']);
});
