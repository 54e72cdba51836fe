/** A ward as a log, for benches that feed the engine alone. */
import { LogEvent } from '@vigil/contracts';
import { contentHash } from '@vigil/domain';

const FROM_MS = 1_767_225_600_000;

const envelope = { v: 1, origin: 'simulated' };
const bedId = (n) => `icu-${n + 1}`;
const deviceId = (n) => `sim-icu-${n + 1}`;

/** Rules, devices and patients, as the seed of a site puts them on the log. */
export function openWard(ruleSet, beds) {
  const at = { ...envelope, atMs: FROM_MS };
  const rules = { ...at, id: 'rules', key: 'bed:icu-1', kind: 'ruleSetActivated', hash: contentHash(ruleSet) };
  const events = [{ ...rules, ruleSet, rate: 1, by: 'bench' }];
  for (let n = 0; n < beds; n++) {
    const bed = { ...at, key: `bed:${bedId(n)}`, bedId: bedId(n) };
    events.push(
      { ...bed, id: `assign/${n}`, kind: 'deviceAssigned', deviceId: deviceId(n), fromMs: 0, toMs: null, intervalsMs: {} },
      { ...bed, id: `admit/${n}`, kind: 'admit', encounterId: `e${n}`, patientId: `p${n}` },
    );
  }
  return events.map((event) => LogEvent.parse(event));
}

/** What the device of bed `bed` sends in second `second`. Its members stand in the order in which the schema makes them. */
export function messageAt(bed, second, readings) {
  const atMs = FROM_MS + 1_000 + second * 1_000;
  return {
    ...{ v: 1, id: `${deviceId(bed)}/bench/${second}`, key: `bed:${bedId(bed)}`, origin: 'simulated', atMs },
    ...{ kind: 'deviceMessage', bedId: bedId(bed), deviceId: deviceId(bed), gatewayId: 'gw-1', bootId: 'bench', seq: second },
    ...{ deviceAtMs: atMs, gatewayAtMs: atMs, readings },
  };
}

/** The widest rule set that comes with the product for adults. */
export async function fullRuleSet() {
  const { defaultRuleSet } = await import('../../../dist/composition/default-rule-set.js');
  return defaultRuleSet();
}

/** Where each metric starts, how far it wanders, and its unit. */
const COURSES = {
  heartRate: [78, 14, '/min'],
  pulseRate: [78, 14, '/min'],
  spo2: [96, 3, '%'],
  respirationRate: [16, 5, '/min'],
  arterialSystolic: [118, 18, 'mm[Hg]'],
  arterialDiastolic: [70, 9, 'mm[Hg]'],
  arterialMean: [86, 12, 'mm[Hg]'],
  etco2: [37, 4, 'mm[Hg]'],
};

/** Values that wander as those of a patient do, slowly and never quite the same; no chance in it, so that runs compare. */
export function wanderingReadings(metrics, bed, second) {
  return metrics.map((metric, i) => {
    const [middle, width, unit] = COURSES[metric];
    const slow = Math.sin((second + bed * 97) / (311 + i * 17)) + Math.sin((second + bed * 31) / (47 + i * 5)) / 2;
    const noise = (((second * 7_919 + bed * 104_729 + i * 1_299_709) % 1_000) / 1_000 - 0.5) / 2;
    const value = Math.round((middle + (width / 2) * (slow + noise)) * 10) / 10;
    return { metric, value: metric === 'spo2' ? Math.min(value, 100) : value, unit, quality: 'valid' };
  });
}
