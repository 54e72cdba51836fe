/** The whole adult rule set through `step`, with the vital signs of simulated patients; then what a bed costs that runs on it. */
import { emptyPartition, step } from '@vigil/domain';
import { fullRuleSet, messageAt, openWard, wanderingReadings } from './lib/engine-log.mjs';
import { collectGarbage } from './lib/machine.mjs';
import { progress, quantile, report, round } from './lib/report.mjs';
import { Spent } from './lib/spent.mjs';
import { EIGHT_METRICS } from './lib/stack.mjs';

const BEDS = 64;
const AIM = 300_000;
const STATE_BEDS = 24;
const STATE_AIM_BYTES = 20_000;
const WRITES = 40;

const rulesOf = (set) => ({ rules: set.rules.length, kinds: [...new Set(set.rules.map((rule) => rule.kind))].join(' ') });

export const full = {
  about: 'engine-full: step() alone in one thread, readings a second, the whole adult rule set, 64 patients whose values wander',
  async run({ quick }) {
    const ruleSet = await fullRuleSet();
    const seconds = quick ? 300 : 3_600;
    progress(`engine-full: ${BEDS} beds x ${seconds} s of event time`);
    let { state } = step(emptyPartition(), openWard(ruleSet, BEDS));
    const spent = new Spent();
    let transitions = 0;
    for (let second = 0; second < seconds; second++) {
      const messages = Array.from({ length: BEDS }, (_, bed) =>
        messageAt(bed, second, wanderingReadings(EIGHT_METRICS, bed, second)),
      );
      const before = state;
      const result = spent.on(() => step(before, messages));
      ({ state } = result);
      transitions += result.effects.length;
    }
    const readings = seconds * BEDS * EIGHT_METRICS.length;
    const { perSecond, perCpuSecond } = spent.rates(readings);
    const parameters = { perCpuSecond, aim: AIM, beds: BEDS, metrics: EIGHT_METRICS.length, transitions, ...rulesOf(ruleSet) };
    report('engine-full', perSecond, 'readings/s', parameters);
  },
};

export const state = {
  about: 'engine-state: memory and checkpoint of a bed after 24 h of eight metrics a second with the whole adult rule set',
  async run({ quick }) {
    const ruleSet = await fullRuleSet();
    const hours = quick ? 1 : 24;
    progress(`engine-state: ${STATE_BEDS} beds x ${hours} h of event time`);
    const { keys, bytes, writeUs, facts } = afterHours(ruleSet, hours);
    const withStates = collectGarbage();
    // One bed stays: with the last one the code that is made for such states would go too, which belongs to no bed.
    for (const key of [...keys.keys()].slice(1)) keys.delete(key);
    const perBed = Math.round((withStates - collectGarbage()) / (STATE_BEDS - keys.size));
    const parameters = { beds: STATE_BEDS, hours, metrics: EIGHT_METRICS.length, ...rulesOf(ruleSet) };
    report('engine-state.heap', perBed, 'bytes a bed', { aim: STATE_AIM_BYTES, ...parameters });
    report('engine-state.checkpoint', quantile(bytes, 0.5), 'bytes a bed', { max: bytes.at(-1), ...facts, ...parameters });
    report('engine-state.serialise', round(writeUs), 'us a bed', parameters);
  },
};

/** The states of beds that have run for so long, and what it takes to write one down. */
function afterHours(ruleSet, hours) {
  const { state } = step(emptyPartition(), openWard(ruleSet, STATE_BEDS));
  let transitions = 0;
  for (let second = 0; second < hours * 3_600; second++) {
    const messages = Array.from({ length: STATE_BEDS }, (_, bed) =>
      messageAt(bed, second, wanderingReadings(EIGHT_METRICS, bed, second)),
    );
    transitions += step(state, messages).effects.length;
  }
  const beds = [...state.keys.values()];
  const bytes = beds.map((bed) => JSON.stringify(bed).length);
  const fromMs = performance.now();
  let written = 0;
  for (let i = 0; i < WRITES; i++) for (const bed of beds) written += JSON.stringify(bed).length;
  const writeUs = ((performance.now() - fromMs) * 1_000) / (WRITES * beds.length);
  return { keys: state.keys, bytes, writeUs, facts: { transitions, written } };
}
