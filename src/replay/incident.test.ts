import { LogEvent } from '@vigil/contracts';
import { step, emptyPartition } from '@vigil/domain';
import { DeIdentifier } from './de-identify.js';
import { alarmsOf, expectedLines, incidentLines, makeIncident, parseIncident, recordBeds, ruleIdsIn } from './incident.js';
import { ReplayRefused } from './refused.js';
import { INCIDENT_EPOCH_MS } from './time-shift.js';

const START_MS = Date.UTC(2026, 2, 14, 3, 17, 11);
const BOOT = '5b1f0f5e-3f0e-4f5e-9a60-0d8f3f0f9a11';

const RULES = {
  v: 1,
  name: 'St Elsewhere adult',
  latenessMs: 5_000,
  rules: [
    {
      ...{ kind: 'limit', id: 'spo2-low', metric: 'spo2', side: 'low', limit: 90, hysteresis: 1, onDelayMs: 5_000 },
      ...{ offDelayMs: 5_000, priority: 'high', source: 'Dr Mabuse of St Elsewhere', name: 'SpO2 of Mabuse' },
    },
    {
      ...{ kind: 'windowMean', id: 'hr-mean', metric: 'heartRate', sizeMs: 300_000, side: 'high', limit: 100, coveragePct: 50 },
      ...{ priority: 'medium', source: 'Dr Mabuse', careUnitIds: ['ward-7b-canary'], ageGroups: ['adult'] },
    },
    { kind: 'noData', id: 'no-data', metric: 'any', intervals: 3, transportMs: 10_000, priority: 'high', source: 'Dr Mabuse' },
  ],
};

/** Names that stand nowhere else, as a hospital might choose them. */
const CANARIES = [
  'ward-7b-canary-bed',
  'canary-mon-4711',
  'canary-gw-9',
  'canary-stay-1',
  'canary-patient-77',
  'canary-nurse-anna',
];
const [BED, DEVICE, GATEWAY, STAY, PATIENT, NURSE] = CANARIES as [string, string, string, string, string, string];

function event(kind: string, atS: number, more: object): LogEvent {
  const id = `${kind}/${atS}/${BED}`;
  return LogEvent.parse({ v: 1, id, key: `bed:${BED}`, origin: 'live', atMs: START_MS + atS * 1_000, kind, ...more });
}

function message(atS: number, seq: number, heartRate: number, spo2: number): LogEvent {
  const at = START_MS + atS * 1_000;
  return event('deviceMessage', atS, {
    ...{ bedId: BED, deviceId: DEVICE, gatewayId: GATEWAY, bootId: BOOT, seq, deviceAtMs: at, gatewayAtMs: at },
    readings: [
      { metric: 'heartRate', value: heartRate, unit: '/min', quality: 'valid' },
      { metric: 'spo2', value: spo2, unit: '%', quality: 'valid' },
    ],
  });
}

/** Ten minutes of a stay: a saturation that falls after five, with limits of the patient's own and a nurse who acknowledges. */
function log(): LogEvent[] {
  const bed = { bedId: BED, encounterId: STAY };
  const begin = [
    event('ruleSetActivated', 0, { hash: 'a'.repeat(64), ruleSet: RULES, rate: 1, activation: 3, by: NURSE }),
    event('deviceAssigned', 0, { deviceId: DEVICE, bedId: BED, fromMs: 0, toMs: null, intervalsMs: {} }),
    event('admit', 0, { ...bed, patientId: PATIENT, careUnitId: 'ward-7b-canary', ageGroup: 'adult' }),
    event('limitsSet', 1, {
      ...{ ...bed, metric: 'heartRate', low: null, high: 140, reason: 'Anna says his father told her so' },
      ...{ by: NURSE, toMs: START_MS + 86_400_000 },
    }),
  ];
  const readings = Array.from({ length: 600 }, (_, s) => message(s + 2, s, s > 200 ? 115 : 80, s > 300 && s < 360 ? 82 : 97));
  const { effects } = step(emptyPartition(), [...begin, ...readings]);
  const { alarmId } = effects.find(({ transition }) => transition.conditionCode === 'spo2.low')!.transition;
  const commandId = '0b1f0f5e-3f0e-4f5e-9a60-0d8f3f0f9a12';
  const seen = event('command', 320, { command: 'acknowledge', commandId, alarmId, by: NURSE });
  const again = event('limitsSet', 321, {
    ...{ ...bed, metric: 'heartRate', low: null, high: 141, reason: 'canarysays', by: NURSE, toMs: START_MS + 86_400_000 },
  });
  return [...begin, ...readings.slice(0, 319), seen, again, ...readings.slice(319)];
}

async function* placed(events: readonly LogEvent[]) {
  yield events.slice(0, 100).map((each, sequence) => ({ event: each, sequence }));
  yield events.slice(100).map((each, i) => ({ event: each, sequence: 100 + i }));
  await Promise.resolve();
}

async function incidentOf(events: readonly LogEvent[], seed = 'seed', fromS = 250, toS = 420) {
  const identifier = new DeIdentifier(seed);
  const period = { beds: new Set([BED]), fromMs: START_MS + fromS * 1_000, toMs: START_MS + toS * 1_000 };
  return makeIncident(await recordBeds(placed(events), period, identifier), identifier);
}

describe('an incident as a test', () => {
  test('raises the alarms that were raised, at the same distance from each other', async () => {
    const { effects } = step(emptyPartition(), log());
    const was = effects.map((e) => e.transition).filter((t) => t.atMs >= START_MS + 250_000 && t.atMs < START_MS + 420_000);
    const { expected } = await incidentOf(log());
    const told = (ts: typeof was): unknown[] =>
      ts.map(({ conditionCode, cause, priority, presence, atMs, evidence: { label: _, ...evidence } }) => [
        ...[conditionCode, cause, priority, presence],
        ...[atMs - ts[0]!.atMs, evidence],
      ]);
    expect(told([...expected])).toEqual(told(was));
    expect(was.map((t) => `${t.conditionCode} ${t.cause}`)).toEqual([
      'spo2.low onset',
      'heartRate.mean-high onset',
      'spo2.low acknowledged',
      'spo2.low end',
    ]);
    expect(expected.every((t) => t.origin === 'test')).toBe(true);
  });

  test('begins with what the engine knew, so that a short period is enough', async () => {
    const { beds } = await incidentOf(log());
    expect(beds[0]!.events.length).toBeLessThan(180);
    const alone = alarmsOf([{ state: { engine: { v: 1, rules: null }, keys: [] }, events: beds[0]!.events }]);
    expect(alone.map((t) => t.conditionCode)).toEqual(['deviceMismatch']);
  });

  test('read back it gives the same bytes, and the same alarms', async () => {
    const incident = await incidentOf(log());
    const text = incidentLines(incident).join('\n');
    const read = parseIncident(text);
    expect(incidentLines({ beds: read }).join('\n')).toBe(text);
    expect(expectedLines({ expected: alarmsOf(read) })).toEqual(expectedLines(incident));
  });

  test('which ids of rules stay in it can be told, for somebody to look at', async () => {
    expect(ruleIdsIn(await incidentOf(log()))).toEqual(['hr-mean', 'no-data', 'spo2-low']);
  });

  test('no name, text, day or hour of the ward is in it', async () => {
    const incident = await incidentOf(log());
    const text = [...incidentLines(incident), ...expectedLines(incident)].join('\n');
    for (const canary of [...CANARIES, 'canary', 'ward-7b', BOOT, 'Mabuse', 'Elsewhere', 'Anna', 'father', 'a'.repeat(64)]) {
      expect(text.includes(canary)).toBe(false);
    }
    const times = (text.match(/\b[0-9]{12,16}\b/g) ?? []).map(Number);
    expect(Math.min(...times.filter((ms) => ms > INCIDENT_EPOCH_MS - 3_600_000))).toBeGreaterThan(0);
    expect(times.filter((ms) => Math.abs(ms - START_MS) < 3 * 365 * 86_400_000)).toEqual([]);
    // The hour is gone as well: the first event stands at the epoch, up to one window.
    expect(incident.beds[0]!.events[0]!.atMs - INCIDENT_EPOCH_MS).toBeLessThan(300_000);
  });

  test('the same seed gives the same bytes, another one other names', async () => {
    const bytes = async (seed: string): Promise<string> => incidentLines(await incidentOf(log(), seed)).join('\n');
    expect(await bytes('seed')).toBe(await bytes('seed'));
    expect(await bytes('seed')).not.toBe(await bytes('other'));
  });

  test('what devices and people say beside readings does not stand in the way, and nothing of it is in the file', async () => {
    const bed = { bedId: BED, encounterId: STAY };
    const from = { bedId: BED, deviceId: DEVICE, gatewayId: GATEWAY, bootId: BOOT };
    const alarms = [{ code: 'vt-run-2', kind: 'physiological', priority: 'high', active: true }];
    const at = { deviceAtMs: START_MS + 300_000, gatewayAtMs: START_MS + 300_000 };
    const charted = { ...bed, by: NURSE, validated: false };
    const gap = { ...from, fromSeq: 290, toSeq: 291, count: 2, fromMs: START_MS, toMs: START_MS, reason: 'evicted' };
    const sent = { path: 'observations.0.Anna', expected: 'no Anna', bytes: 40, sha256: 'c'.repeat(64), headBase64: 'QW5uYQ' };
    const events = log();
    const said = [
      event('charted', 300, { ...charted, chartId: 'c1', items: [{ item: 'code', name: 'behaviour', value: 'Anna' }] }),
      event('charted', 300, { ...charted, chartId: 'c2', items: [{ item: 'consciousness', value: 'V' }] }),
      event('gap', 300, gap),
      event('reject', 300, { deviceId: DEVICE, gatewayId: GATEWAY, reason: 'wrong-unit', ...sent }),
      event('deviceAlarm', 300, { ...from, ...at, seq: 9_000, alarms }),
      event('standbySet', 300, { ...bed, standbyId: 'canary-standby', toMs: START_MS + 400_000, place: 'imaging', by: NURSE }),
      event('standbyEnded', 301, { ...bed, standbyId: 'canary-standby', cause: 'data-back', source: 'device' }),
      event('patientMerged', 301, {
        ...{ ...bed, fromPatientId: PATIENT, patientId: 'canary-patient-78' },
        ...{ reason: 'merged-at-source', source: 'hl7', sourceRef: 'canary-message' },
      }),
      event('stayCorrected', 301, {
        ...{ bedId: BED, wrongEncounterId: 'canary-stay-0', encounterId: STAY, patientId: PATIENT, sinceMs: START_MS },
        reason: 'wrong-patient',
      }),
      event('bedPlaced', 301, { bedId: BED, careUnitId: 'ward-7b-canary', label: 'canary 1', reason: 'reorganised' }),
      event('deviceMessage', 301, {
        ...{ ...from, ...at, seq: 9_001, readings: [], readdressed: { fromKey: `device:${DEVICE}`, hops: 1 } },
      }),
    ];
    const incident = await incidentOf([...events.slice(0, 305), ...said, ...events.slice(305)]);
    const told = new Map(incident.beds[0]!.events.map((each) => [each.kind, each]));
    expect(told.get('gap')).toMatchObject({ reason: 'evicted', fromSeq: 290 });
    expect(told.get('reject')).toMatchObject({ reason: 'wrong-unit', headBase64: 'removed', path: 'removed' });
    expect(told.get('charted')).toMatchObject({ items: [{ item: 'consciousness', value: 'V' }] });
    expect(told.get('patientMerged')).toMatchObject({ reason: 'merged-at-source', source: 'hl7' });
    expect(told.get('standbySet')).toMatchObject({ place: 'imaging' });
    expect(told.get('stayCorrected')).toMatchObject({ reason: 'wrong-patient' });
    expect(told.get('bedPlaced')).not.toHaveProperty('label');
    expect(incident.expected.map((t) => t.conditionCode)).toContain('device.vt-run-2');
    expect([...incidentLines(incident), ...expectedLines(incident)].join()).not.toMatch(/Anna|QW5uYQ|canary|cccc/);
  });

  test('an alarm that was closed because something hides it is told', async () => {
    const suppressions = [
      { id: 'leads-off', while: { condition: 'spo2.leadsOff' }, hides: ['spo2-low'], releaseMs: 0, source: 'Dr Mabuse' },
    ];
    const rules = RULES.rules.map((rule) => ({ ...rule, priority: 'low' }));
    const events = log().map((each) =>
      each.kind === 'ruleSetActivated' ? LogEvent.parse({ ...each, ruleSet: { ...RULES, v: 2, rules, suppressions } }) : each,
    );
    const off = events.map((each) => {
      if (each.kind !== 'deviceMessage' || each.seq < 320) return each;
      const readings = [{ metric: 'spo2', value: null, unit: '%', quality: 'leadsOff' }];
      return LogEvent.parse({ ...each, readings });
    });
    const { expected } = await incidentOf(off);
    expect(expected.flatMap((t) => t.evidence.because ?? [])).toContain('suppression:leads-off');
  });

  test('what the engine has counted for a median or a baseline goes along, also where it is packed', async () => {
    const more = [
      { kind: 'baseline', id: 'hr.unusual', metric: 'heartRate', side: 'both', z: 6, recentMs: 60_000, baselineMs: 600_000 },
      { kind: 'window', id: 'hr.median', metric: 'heartRate', side: 'high', limit: 100, aggregate: 'median' },
    ].map((rule) => ({ ...rule, coveragePct: 50, priority: 'low', source: 'Dr Mabuse' }));
    const [baseline, window] = more;
    const wide = {
      ...{ ...RULES, v: 2 },
      rules: [
        ...RULES.rules,
        { ...baseline, deviationMin: 4, onDelayMs: 0, offDelayMs: 0 },
        { ...window, window: { type: 'hopping', sizeMs: 240_000, hopMs: 60_000 }, hysteresis: 1, onDelayMs: 0, offDelayMs: 0 },
      ],
    };
    const events = log().map((each) => (each.kind === 'ruleSetActivated' ? LogEvent.parse({ ...each, ruleSet: wide }) : each));
    const incident = await incidentOf(events);
    expect(incidentLines(incident).join()).toMatch(/"(bins|sketches)":\[?"0\./);
    expect(expectedLines({ expected: alarmsOf(incident.beds) })).toEqual(expectedLines(incident));
  });

  test('who set a shelf and who agreed to it are called otherwise; the role of somebody is a word', () => {
    const identifier = new DeIdentifier('seed');
    const said = { by: 'fay', secondBy: 'carol', role: 'rapid-response' };
    identifier.state(said);
    identifier.begin(0);
    const told = identifier.state(said);
    expect(JSON.stringify(told)).not.toMatch(/fay|carol/);
    expect(told.role).toBe('rapid-response');
  });

  test('words in the place of counts are refused', () => {
    const identifier = new DeIdentifier('seed');
    identifier.begin(0);
    expect(identifier.state({ bins: '0.t.u.1.9.' })).toEqual({ bins: '0.t.u.1.9.' });
    expect(() => identifier.state({ bins: 'Anna Berta' })).toThrow(ReplayRefused);
  });

  test('sums of a window that are as large as a time are left alone', () => {
    const identifier = new DeIdentifier('seed');
    const shiftMs = START_MS - INCIDENT_EPOCH_MS;
    identifier.begin(shiftMs);
    // The sum of times of a slope over ten hours.
    const cells = [START_MS - 3_600_000, 36_000, 648_000_000_000];
    expect(identifier.state({ cells })).toEqual({ cells: [INCIDENT_EPOCH_MS - 3_600_000, 36_000, 648_000_000_000] });
  });

  test('a text that nobody knows is refused, without being told', async () => {
    const from = { bedId: BED, encounterId: STAY, patientId: PATIENT, fromBedId: BED };
    const carried = { v: 1, fromBedId: BED, atMs: START_MS, state: { nickname: 'asks for Anna' } };
    const events = log();
    const moved = event('transferIn', 300, { ...from, carried });
    await expect(incidentOf([...events.slice(0, 305), moved, ...events.slice(305)])).rejects.toThrow(
      new ReplayRefused('a text that is not known to be harmless, in the field carried.state.nickname: no test is made of it'),
    );
  });

  test('a device that counts its messages by the clock gives the day away: refused', async () => {
    const events = log().map((each) => {
      if (each.kind !== 'deviceMessage') return each;
      return LogEvent.parse({ ...each, seq: START_MS / 1_000 + each.seq });
    });
    await expect(incidentOf(events)).rejects.toThrow('a time of the old day is still in it');
  });

  test('a period without events is refused', async () => {
    await expect(incidentOf(log(), 'seed', 90_000, 91_000)).rejects.toThrow('no events in that period');
  });
});
