import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type AlarmTransition, BedId, DeviceId, type LogEvent, LogEvent as LogEventSchema } from '@vigil/contracts';
import { canonical, contentHash, emptyPartition, step } from '@vigil/domain';
import { type PatientRecord, readRecords, recordingEvents } from '@vigil/simulator';
import { defaultRuleSet } from '../../src/composition/default-rule-set.js';

/**
 * Recorded patients, fed straight into the domain, raise exactly these alarms. `npm run golden:accept` rewrites the
 * snapshot; the difference is reviewed like code, and the commit says which alarms moved and why that is right.
 */
const folder = process.env['VIGIL_TEST_RECORDINGS'] ?? '';
const missing = folder === '' || !existsSync(join(folder, 'cinc2015_vt_alarms'));
if (missing)
  process.stdout.write(
    'skipped: golden tests need VIGIL_TEST_RECORDINGS, a folder with the recorded sets (README, "Recordings")\n',
  );

const START_MS = Date.UTC(2026, 0, 1);
const bedId = BedId.parse('icu-1');
const deviceId = DeviceId.parse('sim-icu-1');

function bedOf(intervalsMs: Record<string, number>): LogEvent[] {
  const envelope = { v: 1, key: 'bed:icu-1', origin: 'simulated', atMs: START_MS };
  return [
    {
      ...envelope,
      id: 'rules',
      kind: 'ruleSetActivated',
      hash: contentHash(defaultRuleSet()),
      ruleSet: defaultRuleSet(),
      rate: 1,
      by: 'golden',
    },
    { ...envelope, id: 'device', kind: 'deviceAssigned', deviceId, bedId, fromMs: 0, toMs: null, intervalsMs },
    { ...envelope, id: 'admit', kind: 'admit', bedId, encounterId: 'e1', patientId: 'p1' },
  ].map((event) => LogEventSchema.parse(event));
}

function alarmsOf(
  record: PatientRecord,
  intervalsMs: Record<string, number>,
): { transitions: AlarmTransition[]; messages: number } {
  const events = recordingEvents(record, { bedId, deviceId, startMs: START_MS });
  const { effects } = step(emptyPartition(), [...bedOf(intervalsMs), ...events]);
  return { transitions: effects.map((e) => e.transition), messages: events.length };
}

/** `minute code cause priority value<limit` per transition. */
function lines(transitions: readonly AlarmTransition[]): string[] {
  return transitions.map((t) => {
    const at = ((t.atMs - START_MS) / 60_000).toFixed(2);
    const seen = t.evidence.value === null ? '' : ` ${t.evidence.value} vs ${t.evidence.limit}`;
    return `${at} ${t.conditionCode} ${t.cause} ${t.priority}${seen}`;
  });
}

const MINUTE = {
  heartRate: 60_000,
  pulseRate: 60_000,
  spo2: 60_000,
  respirationRate: 60_000,
  arterialSystolic: 60_000,
  arterialDiastolic: 60_000,
  arterialMean: 60_000,
};

async function take(set: 'cinc2015' | 'mimic2' | 'physionet2012', count: number): Promise<PatientRecord[]> {
  const records: PatientRecord[] = [];
  for await (const record of readRecords(set, folder)) {
    records.push(record);
    if (records.length === count) break;
  }
  return records;
}

(missing ? describe.skip : describe)('recorded patients', () => {
  test.each([
    ['cinc2015', 12, {}],
    ['mimic2', 2, MINUTE],
    ['physionet2012', 6, {}],
  ] as const)('%s: the first %i records raise exactly these alarms', async (set, count, intervalsMs) => {
    for (const record of await take(set, count)) {
      const { transitions, messages } = alarmsOf(record, intervalsMs);
      expect({ record: record.recordId, messages, alarms: lines(transitions) }).toMatchSnapshot();
    }
  });

  test('the same record twice gives the same bytes', async () => {
    const [record] = await take('mimic2', 1);
    const bytes = (): string =>
      alarmsOf(record!, MINUTE)
        .transitions.map((t) => canonical(t))
        .join('\n');
    expect(bytes()).toBe(bytes());
  });
});
