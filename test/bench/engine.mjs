/** The engine alone: `step` in one thread, no log, no store. */
import { contentHash, emptyPartition, step } from '@vigil/domain';
import { LogEvent } from '@vigil/contracts';
import { loadReadings } from '@vigil/simulator';
import LIMITS from './lib/limits-rule-set.json' with { type: 'json' };
import { progress, report } from './lib/report.mjs';
import { EIGHT_METRICS } from './lib/stack.mjs';

const BEDS = 64;
const BATCH = 256;
const FROM_MS = 1_767_225_600_000;

export const about = 'engine: step() alone in one thread, readings a second, limits, a mean and silence alone';

const envelope = { v: 1, origin: 'simulated' };
const bedId = (n) => `icu-${n + 1}`;
const deviceId = (n) => `sim-icu-${n + 1}`;

/** Rules, devices and patients, as the seed of a demo site puts them on the log. */
function opening() {
  const at = { ...envelope, atMs: FROM_MS };
  const rules = { ...at, id: 'rules', key: 'bed:icu-1', kind: 'ruleSetActivated', hash: contentHash(LIMITS) };
  const events = [{ ...rules, ruleSet: LIMITS, rate: 1, by: 'bench' }];
  for (let n = 0; n < BEDS; n++) {
    const bed = { ...at, key: `bed:${bedId(n)}`, bedId: bedId(n) };
    events.push(
      { ...bed, id: `assign/${n}`, kind: 'deviceAssigned', deviceId: deviceId(n), fromMs: 0, toMs: null, intervalsMs: {} },
      { ...bed, id: `admit/${n}`, kind: 'admit', encounterId: `e${n}`, patientId: `p${n}` },
    );
  }
  return events.map((event) => LogEvent.parse(event));
}

function message(bootId, bed, second) {
  const atMs = FROM_MS + 1000 + second * 1000;
  return {
    ...envelope,
    ...{ id: `${deviceId(bed)}/${bootId}/${second}`, key: `bed:${bedId(bed)}`, kind: 'deviceMessage', gatewayId: 'gw-1', bootId },
    ...{ seq: second, atMs, deviceAtMs: atMs, gatewayAtMs: atMs, bedId: bedId(bed), deviceId: deviceId(bed) },
    readings: loadReadings(EIGHT_METRICS, second),
  };
}

export async function run({ quick }) {
  const seconds = quick ? 300 : 1800;
  progress(`engine: ${BEDS} beds x ${seconds} s of event time`);
  const messages = Array.from({ length: seconds * BEDS }, (_, i) => message('bench', i % BEDS, Math.floor(i / BEDS)));
  let { state } = step(emptyPartition(), opening());
  let best = 0;
  let transitions = 0;
  const fromMs = performance.now();
  for (let at = 0; at < messages.length; at += BATCH) {
    const result = step(state, messages.slice(at, at + BATCH));
    transitions += result.effects.length;
    ({ state } = result);
  }
  best = (messages.length * EIGHT_METRICS.length) / ((performance.now() - fromMs) / 1000);
  report('engine', Math.round(best), 'observations/s', {
    beds: BEDS,
    metrics: EIGHT_METRICS.length,
    messages: messages.length,
    transitions,
  });
}
