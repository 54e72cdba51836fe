import { AlarmTransition, PATH_PLACES, type Rule, Rule as RuleSchema, RuleSet } from '@vigil/contracts';
import { alarmIdOf } from '@vigil/domain';
import type { AlarmRecord, RecordedPage } from '../ports/alarm-records.js';
import { alarmPath, ALLOWED_MS } from './alarm-path.js';
import { explanation } from './explanation.js';
import { gapPath } from './gap-path.js';
import { lookedAt } from './looked-at.js';
import { ruleWords } from './rule-words.js';
import { vendorExport } from './vendor-export.js';

const AT = Date.UTC(2026, 2, 14, 3, 17, 11);
const LIMIT = {
  ...{ kind: 'limit', id: 'spo2-low', name: 'Low saturation', metric: 'spo2', side: 'low', limit: 90, hysteresis: 1 },
  ...{ onDelayMs: 15_000, offDelayMs: 5_000, priority: 'high', source: 'a book' },
  levels: [{ priority: 'high', limit: 80 }],
} as const;
const RULES = RuleSet.parse({
  ...{ v: 2, name: 'adult', latenessMs: 5_000, rules: [LIMIT] },
  suppressions: [
    { id: 's1', while: { condition: 'spo2.leadsOff' }, hides: ['spo2-low', 'hr-low'], releaseMs: 0, source: 'a book' },
  ],
});

function onset(more: object = {}): AlarmTransition {
  return AlarmTransition.parse({
    ...{ v: 1, alarmId: alarmIdOf('canary-bed', 'spo2.low', AT), rev: 1, cause: 'onset', bedId: 'canary-bed', gatewayId: null },
    ...{ encounterId: 'canary-stay', conditionCode: 'spo2.low', kind: 'physiological', priority: 'high', metric: 'spo2' },
    ...{ active: true, presence: 'on', onsetMs: AT, atMs: AT, ruleId: 'spo2-low', ruleSetHash: 'abcdef0123456789' },
    ...{ origin: 'live', by: null, commandId: null },
    evidence: { value: 82, unit: '%', limit: 90, side: 'low', samples: null, samplesExpected: null },
    trigger: {
      ...{ deviceId: 'canary-mon', gatewayId: 'canary-gw', bootId: 'canary-boot', seq: 42 },
      ...{ deviceAtMs: AT, gatewayAtMs: AT + 20 },
    },
    ...more,
  });
}

const HOP = {
  partition: 3,
  sequence: 77,
  hubWallMs: AT + 50,
  readWallMs: AT + 60,
  steppedWallMs: AT + 61,
  storedWallMs: AT + 70,
};
const PAGE: RecordedPage = {
  ...{ step: 0, staffId: 'amy', channel: 'smtp', reason: 'nurse of the bed', state: 'sent' },
  ...{ queuedWallMs: AT + 100, sentWallMs: AT + 300 },
};

function recordOf(more: Partial<AlarmRecord> = {}): AlarmRecord {
  return {
    ...{ steps: [{ transition: onset(), hop: HOP }], stepsCut: false, ruleSet: RULES, proposedBy: 'ben', approvedBy: 'carol' },
    escalation: { state: 'running', startedWallMs: AT + 70, acceptedBy: null, acceptedWallMs: null },
    ...{
      pages: [PAGE],
      pagesCut: false,
      others: [],
      names: new Map([
        ['amy', 'Amy Nurse'],
        ['carol', 'Carol Charge'],
      ]),
    },
    ...more,
  };
}
const stateOf = (record: AlarmRecord): string =>
  alarmPath(record, { isWall: true, wallMs: AT + 60_000 })
    .hops.map(({ state }) => state[0])
    .join('');

describe('the way of a reading', () => {
  test('is late nowhere when each part took no longer than it may', () => {
    const path = alarmPath(recordOf(), { isWall: true, wallMs: AT + 60_000 });
    expect(path.hops.map(({ place, afterMs }) => [place, afterMs])).toEqual([
      ...[
        ['device', null],
        ['gateway', 20],
        ['hub', 30],
        ['engineRead', 10],
        ['engineDecided', 1],
        ['stored', 9],
      ],
      ...[
        ['pageQueued', 30],
        ['pageSent', 200],
      ],
    ]);
    expect([path.firstBroken, path.log, path.text]).toEqual([null, { partition: 3, sequence: 77 }, 'It was late nowhere.']);
  });

  test.each(PATH_PLACES.slice(1).map((place, i) => [place, i + 1] as const))(
    'names the first place that took too long: %s',
    (place, at) => {
      const late = ALLOWED_MS[place]! + 1;
      const times = [AT, AT, AT, AT, AT, AT, AT, AT].map((ms, i) => (i >= at ? ms + late : ms));
      const [deviceAtMs, gatewayAtMs, hubWallMs, readWallMs, steppedWallMs, storedWallMs, queuedWallMs, sentWallMs] =
        times as number[];
      const trigger = { ...onset().trigger!, deviceAtMs, gatewayAtMs };
      const hop = { ...HOP, hubWallMs, readWallMs, steppedWallMs, storedWallMs } as typeof HOP;
      const record = recordOf({
        steps: [{ transition: onset({ trigger }), hop }],
        pages: [{ ...PAGE, queuedWallMs: queuedWallMs!, sentWallMs: sentWallMs! }],
      });
      const path = alarmPath(record, { isWall: true, wallMs: AT + 60_000 });
      expect([path.firstBroken, path.hops.filter(({ state }) => state === 'late')]).toEqual([
        place,
        [expect.objectContaining({ place, afterMs: late })],
      ]);
    },
  );

  test('says what nobody noted, what was never meant to be, and what never came', () => {
    expect(stateOf(recordOf({ steps: [{ transition: onset(), hop: null }] }))).toBe('ppuuuupp');
    expect(stateOf(recordOf({ steps: [{ transition: onset({ trigger: undefined }), hop: HOP }] }))).toBe('nnpppppp');
    expect(stateOf(recordOf({ pages: [] }))).toBe('ppppppbb');
    expect(stateOf(recordOf({ pages: [{ ...PAGE, state: 'failed', sentWallMs: null }] }))).toBe('pppppppb');
    expect(stateOf(recordOf({ pages: [{ ...PAGE, state: 'cancelled', sentWallMs: null }] }))).toBe('pppppppn');
    expect(stateOf(recordOf({ pages: [], escalation: null }))).toBe('ppppppnn');
    const over = [
      { transition: onset(), hop: HOP },
      { transition: onset({ rev: 2, cause: 'end', active: false }), hop: null },
    ];
    expect(stateOf(recordOf({ steps: over, pages: [] }))).toBe('ppppppnn');
  });

  test('a page that is not due yet is not missing; one that was due before it was over is', () => {
    const young = recordOf({ pages: [] });
    const path = alarmPath(young, { isWall: true, wallMs: AT + 1_000 });
    expect([path.firstBroken, path.hops.slice(6).map(({ state }) => state)]).toEqual([null, ['unknown', 'unknown']]);
    const over = (storedWallMs: number): AlarmRecord =>
      recordOf({
        pages: [],
        steps: [
          { transition: onset(), hop: HOP },
          { transition: onset({ rev: 2, cause: 'end', active: false }), hop: { ...HOP, storedWallMs } },
        ],
      });
    expect([stateOf(over(AT + 2_000)), stateOf(over(AT + 600_000))]).toEqual(['ppppppnn', 'ppppppbb']);
    const held = onset({ adopted: 'held' });
    expect(stateOf(recordOf({ pages: [], steps: [{ transition: held, hop: HOP }] }))).toBe('ppppppuu');
  });

  test('holds no time of a faster site against the clock of the hub', () => {
    const trigger = { ...onset().trigger!, deviceAtMs: AT + 900_000, gatewayAtMs: AT + 900_001 };
    const path = alarmPath(recordOf({ steps: [{ transition: onset({ trigger }), hop: HOP }] }), {
      isWall: false,
      wallMs: AT + 60_000,
    });
    expect(path.hops[2]).toMatchObject({ place: 'hub', afterMs: null, state: 'passed' });
    expect(path.firstBroken).toBe(null);
  });

  test.each([
    ['neverArrived', 'gateway'],
    ['evicted', 'hub'],
    ['damaged', 'hub'],
    ['unsendable', 'hub'],
  ] as const)('messages that are missing as %s broke at the %s', (reason, place) => {
    const gap = {
      gapId: 'g',
      bedId: 'icu-1' as never,
      deviceId: 'mon-1',
      seqs: [2, 5] as const,
      fromMs: 1,
      toMs: 9,
      count: 4,
      reason,
    };
    const path = gapPath(gap);
    expect([path.firstBroken, path.hops.find(({ state }) => state === 'broken')!.place]).toEqual([place, place]);
  });
});

describe('for the maker of a device', () => {
  test('goes out what is listed, and nothing of a patient, a bed, staff or the day', () => {
    const path = alarmPath(recordOf(), { isWall: true, wallMs: AT + 60_000 });
    const out = vendorExport({ what: 'alarm', paths: [path] }, () => ({
      manufacturer: 'ACME',
      model: 'M1',
      firmware: '2.0',
      serial: 'canary-serial',
      udi: 'canary-udi',
    }));
    const text = JSON.stringify(out);
    expect(text).not.toMatch(/canary|amy|Amy|carol|spo2|82|90/);
    expect((text.match(/[0-9]{6,}/g) ?? []).length).toBe(0);
    expect(out.devices).toEqual([{ device: 'device-1', manufacturer: 'ACME', model: 'M1', firmware: '2.0' }]);
    expect(out.paths[0]).toMatchObject({ device: 'device-1', boot: 'boot-1', fromSeq: 42, toSeq: 42, count: 1 });
    expect(out.paths[0]!.hops.map(({ atMs }) => atMs)).toEqual([-20, 0, 30, 40, 41, 50, 80, 280]);
  });

  test('one device has one name in all gaps', () => {
    const gap = (deviceId: string | null, fromMs: number) =>
      gapPath({
        gapId: 'canary',
        bedId: 'icu-1' as never,
        deviceId,
        seqs: [2, 5],
        fromMs,
        toMs: fromMs + 9,
        count: 4,
        reason: 'evicted',
      });
    const paths = [gap('a', AT), gap('b', AT + 5), gap('a', AT + 7), gap(null, AT + 8)];
    const out = vendorExport({ what: 'gaps', paths }, () => ({}));
    expect(out.paths.map(({ device, fromMs, toMs }) => [device, fromMs, toMs])).toEqual([
      ...[
        ['device-1', 0, 9],
        ['device-2', 5, 14],
      ],
      ...[
        ['device-1', 7, 16],
        [null, 8, 17],
      ],
    ]);
    expect(out.what).toBe('gaps');
    expect(vendorExport({ what: 'gaps', paths: [] }, () => ({}))).toEqual({ v: 1, what: 'gaps', devices: [], paths: [] });
  });
});

test('a device whose clock stands in 2000, or that numbers by its clock, does not give the day away', () => {
  const trigger = { ...onset().trigger!, deviceAtMs: Date.UTC(2000, 0, 1), seq: AT / 1_000 };
  const path = alarmPath(recordOf({ steps: [{ transition: onset({ trigger }), hop: HOP }] }), { isWall: true, wallMs: AT });
  const [told] = vendorExport({ what: 'alarm', paths: [path] }, () => ({})).paths;
  expect(told!.hops.slice(0, 3).map(({ atMs }) => atMs)).toEqual([-86_400_000, 0, 30]);
  expect([told!.fromSeq, told!.toSeq]).toEqual([0, 0]);
});

describe('an explanation', () => {
  const leadsOff = {
    conditionCode: 'spo2.leadsOff',
    ruleId: 'leadsOff',
    kind: 'technical',
    onsetMs: AT - 9_000,
    endedMs: null,
  } as const;
  const told = (record: AlarmRecord) =>
    explanation({
      ...{ record, text: '*** High priority alarm.', gaps: [], runbookUrl: null, isWall: true, wallMs: AT + 60_000 },
      readings: {
        state: 'known',
        metrics: [
          {
            ...{
              metric: 'spo2',
              label: 'Oxygen saturation',
              unit: '%',
              fromMs: AT as never,
              toMs: (AT + 1) as never,
              cut: false,
            },
            points: [{ atMs: AT as never, value: 82 }],
          },
        ],
      },
    });

  test('says rule, version, approval, readings, what was missing, steps, way and escalation, in sentences', () => {
    expect(told(recordOf({ others: [leadsOff] })).lines).toEqual([
      '*** High priority alarm.',
      'Rule spo2-low of the rule set "adult", version abcdef012345; proposed by ben, approved by Carol Charge.',
      'Low saturation: Oxygen saturation below 90 % for 15 s; over when it is at or above 91 % for 5 s.',
      'Priority: high.',
      'Priority high below 80 %.',
      'Source: a book.',
      'Oxygen saturation from 2026-03-14 03:17:11.000Z to 2026-03-14 03:17:11.001Z: 1 readings, 82 to 82 %.',
      'Technical alarm then: spo2.leadsOff from 2026-03-14 03:17:02.000Z on.',
      'Hidden then, because of spo2.leadsOff: spo2-low, hr-low.',
      '2026-03-14 03:17:11.000Z began, priority high; 82 % against 90.',
      'The way: device 2026-03-14 03:17:11.000Z, gateway 2026-03-14 03:17:11.020Z (+20 ms), hub 2026-03-14 03:17:11.050Z (+30 ms), engineRead 2026-03-14 03:17:11.060Z (+10 ms), engineDecided 2026-03-14 03:17:11.061Z (+1 ms), stored 2026-03-14 03:17:11.070Z (+9 ms), pageQueued 2026-03-14 03:17:11.100Z (+30 ms), pageSent 2026-03-14 03:17:11.300Z (+200 ms).',
      'It was late nowhere.',
      'Escalation: running.',
      'Step 1: Amy Nurse by smtp, sent 2026-03-14 03:17:11.300Z (nurse of the bed).',
    ]);
  });

  test('of a score says what each part was, when and by whom, and which are not known', () => {
    const measured = { part: 'respirationRate', points: 3, value: 28, atMs: AT - 5, source: 'device' };
    const missing = { part: 'consciousness', points: null, value: null, atMs: null, source: null };
    const evidence = { ...onset().evidence, parts: [measured, missing] } as AlarmTransition['evidence'];
    const { lines } = explanation({
      record: recordOf({ steps: [{ transition: onset({ evidence }), hop: HOP }] }),
      text: '' as never,
      readings: { state: 'none', metrics: [] },
      gaps: [],
      runbookUrl: null,
      isWall: true,
      wallMs: AT,
    });
    expect(lines).toContain('breathing: 28 scores 3, device 2026-03-14 03:17:10.995Z.');
    expect(lines).toContain('consciousness: not known.');
    expect(lines).not.toContain('It is not made of readings.');
  });

  test('of the same record is the same to the byte', () => {
    expect(JSON.stringify(told(recordOf()))).toBe(JSON.stringify(told(recordOf())));
  });

  test('hides nothing for a condition that was over before the onset', () => {
    expect(told(recordOf({ others: [{ ...leadsOff, endedMs: AT - 1 }] })).missing.suppressed).toEqual([]);
  });

  test('says when the rules of then are not known, or the rule is part of Vigil', () => {
    expect(told(recordOf({ ruleSet: null })).rule).toMatchObject({
      definition: null,
      words: ['The rules of then are not stored here.'],
    });
    const built = recordOf({ steps: [{ transition: onset({ ruleId: 'leadsOff' }), hop: null }] });
    expect(told(built).rule.words).toEqual(['It is part of Vigil itself.']);
  });
});

const rule = (more: object): Rule => RuleSchema.parse({ id: 'r', priority: 'low', source: 's', ...more });
const WINDOW = { kind: 'window', metric: 'heartRate', window: { type: 'sliding', sizeMs: 60_000 }, aggregate: 'median' };
const EVERY_KIND: readonly (readonly [object, string])[] = [
  [
    { kind: 'windowMean', metric: 'heartRate', sizeMs: 300_000, side: 'high', limit: 100, coveragePct: 50 },
    'mean of heart rate over 5 min above 100 /min, decided once 50 % of the expected readings are there.',
  ],
  [
    { ...WINDOW, side: 'low', limit: 40, coveragePct: 50, onDelayMs: 5_000 },
    'median of heart rate over a sliding window of 1 min below 40 for 5 s, decided once 50 % of the expected readings are there.',
  ],
  [
    { kind: 'rateOfChange', metric: 'spo2', direction: 'fall', change: 4, unit: 'absolute', overMs: 60_000 },
    'oxygen saturation falls by more than 4 % within 1 min.',
  ],
  [
    { kind: 'noData', metric: 'any', intervals: 3, transportMs: 10_000 },
    'nothing from any device of the bed for 3 of its intervals, at least 10 s.',
  ],
  [
    {
      kind: 'baseline',
      metric: 'heartRate',
      side: 'both',
      z: 3,
      recentMs: 60_000,
      baselineMs: 3_600_000,
      coveragePct: 50,
      deviationMin: 2,
    },
    'heart rate of the last 1 min further than 3 robust deviations from what was usual for this patient in the 1 h before.',
  ],
  [{ kind: 'eventCount', of: 'other', withinMs: 3_600_000, atLeast: 3 }, 'other 3 times or more within 1 h.'],
  [
    { kind: 'composite', when: { all: [{ rule: 'a' }, { not: { any: [{ rule: 'b' }, { rule: 'c' }] } }] } },
    '(a and not (b or c)).',
  ],
  [
    { kind: 'score', score: 'news2', basis: 'estimate', atLeast: 7, singleParameter: true },
    'news2 (estimate, its minimum) at or above 7, or one parameter alone at its most.',
  ],
];

test.each(EVERY_KIND)('a rule in words: %j', (more, words) => {
  expect(ruleWords(rule(more))[0]).toBe(words);
});

test('a level in words says what meets it: either of its two, and a score from its number on', () => {
  const limit = { kind: 'limit', metric: 'spo2', side: 'low', limit: 90, hysteresis: 1, onDelayMs: 0, offDelayMs: 0 };
  const levels = [{ priority: 'high', limit: 80, afterMs: 300_000 }];
  expect(ruleWords(rule({ ...limit, priority: 'low', levels }))[2]).toBe(
    'Priority high below 80 % or when it has held for 5 min.',
  );
  const score = { kind: 'score', score: 'news2', basis: 'charted', atLeast: 5, levels: [{ priority: 'high', limit: 7 }] };
  expect(ruleWords(rule({ ...score, priority: 'medium' }))[2]).toBe('Priority high at or above 7.');
});

test('the readings behind an alarm are those of its window, its delay, or of the rules that it is made of', () => {
  const rules = RuleSet.parse({
    ...{ v: 2, name: 'n', latenessMs: 0 },
    rules: [
      rule({ id: 'both', kind: 'composite', when: { all: [{ rule: 'hr' }, { rule: 'spo2-low' }, { rule: 'both' }] } }),
      rule({ id: 'hr', kind: 'windowMean', metric: 'heartRate', sizeMs: 300_000, side: 'high', limit: 1, coveragePct: 50 }),
      LIMIT,
    ],
  });
  const spans = (transition: AlarmTransition): unknown[] =>
    lookedAt(transition, rules).map(({ metric, fromMs, toMs }) => [metric, AT - fromMs, toMs - AT]);
  expect(spans(onset())).toEqual([['spo2', 45_000, 1]]);
  expect(spans(onset({ ruleId: 'both', metric: null }))).toEqual([
    ['heartRate', 330_000, 1],
    ['spo2', 45_000, 1],
  ]);
  expect(spans(onset({ ruleId: 'gone' }))).toEqual([['spo2', 30_000, 1]]);
  const window = { fromMs: AT - 60_000, toMs: AT + 240_000, aggregate: 'mean' };
  expect(spans(onset({ evidence: { ...onset().evidence, window } }))).toEqual([['spo2', 60_000, 1]]);
  expect(spans(onset({ ruleId: 'noData', metric: null }))).toEqual([]);
});
