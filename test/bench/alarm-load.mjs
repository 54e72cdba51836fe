/** How many alarms a unit would have: recorded patients through the engine, with the default rule set and with its limits alone. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LogEvent } from '@vigil/contracts';
import { contentHash, emptyPartition, step } from '@vigil/domain';
import { durationMs, readRecords, recordingEvents } from '@vigil/simulator';
import { loadRuleFile } from '../../dist/rules/rule-files.js';
import { progress, report } from './lib/report.mjs';

const START_MS = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const bedId = 'icu-1';
const deviceId = 'sim-icu-1';
const folder = process.env.VIGIL_TEST_RECORDINGS ?? '/nowhere';

/** Sets with the expected interval of their metrics, and how many records are read. */
const SETS = [
  [
    'mimic2',
    60,
    every(
      MINUTE_MS,
      'heartRate',
      'pulseRate',
      'spo2',
      'respirationRate',
      'arterialSystolic',
      'arterialDiastolic',
      'arterialMean',
    ),
  ],
  ['cinc2015', 350, {}],
  [
    'physionet2012',
    400,
    every(
      120 * MINUTE_MS,
      'heartRate',
      'respirationRate',
      'arterialSystolic',
      'arterialDiastolic',
      'arterialMean',
      'nibpSystolic',
      'nibpDiastolic',
      'nibpMean',
      'temperature',
    ),
  ],
];
const TECHNICAL = /noData$|leadsOff$/;

export const about = 'alarm-load: alarms a bed and day on recorded patients, default rules against their limits alone';

function every(ms, ...metrics) {
  return Object.fromEntries(metrics.map((metric) => [metric, ms]));
}

/** What monitors have: limits, the mean, silence. */
function limitsAlone(ruleSet) {
  const kept = ruleSet.rules.filter(
    (rule) => ['limit', 'windowMean', 'noData'].includes(rule.kind) && rule.raises !== false && rule.metric !== 'pulseRate',
  );
  const silence = ruleSet.rules.filter((rule) => rule.kind === 'noData' && rule.metric === 'pulseRate');
  return { ...ruleSet, name: 'limits', rules: [...kept.map(({ levels: _, ...rule }) => rule), ...silence], suppressions: [] };
}

function opening(ruleSet, intervalsMs) {
  const at = { v: 1, key: `bed:${bedId}`, origin: 'simulated', atMs: START_MS };
  return [
    { ...at, id: 'rules', kind: 'ruleSetActivated', hash: contentHash(ruleSet), ruleSet, rate: 1, by: 'bench' },
    { ...at, id: 'device', kind: 'deviceAssigned', deviceId, bedId, fromMs: 0, toMs: null, intervalsMs },
    { ...at, id: 'admit', kind: 'admit', bedId, encounterId: 'e1', patientId: 'p1', ageGroup: 'adult' },
  ].map((event) => LogEvent.parse(event));
}

/** Alarms that began or became more urgent, by condition and priority. */
function alarmsOf(events, ruleSet, intervalsMs, into) {
  const { effects } = step(emptyPartition(), [...opening(ruleSet, intervalsMs), ...events]);
  for (const { transition } of effects) {
    if (transition.cause !== 'onset' && transition.cause !== 'raised') continue;
    const name = `${transition.conditionCode} ${transition.priority}`;
    into.set(name, (into.get(name) ?? 0) + 1);
  }
}

export async function run({ quick }) {
  if (!existsSync(join(folder, 'mimic2_numerics_1min'))) {
    progress('alarm-load: skipped, it needs VIGIL_TEST_RECORDINGS, a folder with the recorded sets (README, "Recordings")');
    return;
  }
  const rules = loadRuleFile(join(import.meta.dirname, '..', '..', 'rules', 'default.yaml'));
  const variants = [
    ['default', rules],
    ['limits alone', limitsAlone(rules)],
  ];
  for (const [set, countMax, intervalsMs] of SETS) {
    const totals = new Map(variants.map(([name]) => [name, new Map()]));
    let [records, days] = [0, 0];
    for await (const record of readRecords(set, folder)) {
      const events = recordingEvents(record, { bedId, deviceId, startMs: START_MS });
      for (const [name, ruleSet] of variants) alarmsOf(events, ruleSet, intervalsMs, totals.get(name));
      days += durationMs(record) / DAY_MS;
      records += 1;
      if (records >= (quick ? 10 : countMax)) break;
    }
    for (const [name, counts] of totals) tell(set, name, counts, records, days);
  }
}

function tell(set, name, counts, records, days) {
  const per = (wanted) => {
    const sum = [...counts].filter(([code]) => wanted(code)).reduce((total, [, n]) => total + n, 0);
    return Math.round((sum / days) * 10) / 10;
  };
  const isPatient = (code) => !TECHNICAL.test(code.split(' ')[0]);
  report(`alarm-load ${set}, ${name}`, per(isPatient), 'alarms a bed and day', {
    ...{ records, bedDays: Math.round(days * 10) / 10, high: per((c) => isPatient(c) && c.endsWith(' high')) },
    ...{ medium: per((c) => isPatient(c) && c.endsWith(' medium')), low: per((c) => isPatient(c) && c.endsWith(' low')) },
    technical: per((c) => !isPatient(c)),
    most: Object.fromEntries(
      [...counts]
        .toSorted((a, b) => b[1] - a[1])
        .slice(0, 40)
        .map(([code, n]) => [code, Math.round((n / days) * 10) / 10]),
    ),
  });
}
