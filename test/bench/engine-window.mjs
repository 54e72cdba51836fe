/** One window rule alone through `step`, the shape in which stream processors are compared. */
import { emptyPartition, step } from '@vigil/domain';
import { messageAt, openWard, wanderingReadings } from './lib/engine-log.mjs';
import { progress, report } from './lib/report.mjs';
import { Spent } from './lib/spent.mjs';

const BEDS = 1_000;
const EVENTS = 5_000_000;
const METRICS = ['heartRate'];
const AIM = 1_500_000;

export const about = 'engine-window: step() alone in one thread, readings a second, one mean-over-10-s rule, 1,000 patients';

const MEAN_OVER_10_S = {
  v: 1,
  name: 'window',
  latenessMs: 2_000,
  rules: [
    {
      ...{ kind: 'windowMean', id: 'hr-mean', metric: 'heartRate', sizeMs: 10_000, side: 'high', limit: 88 },
      ...{ coveragePct: 50, priority: 'medium', source: 'bench' },
    },
  ],
};

export function run({ quick }) {
  const rounds = (quick ? EVENTS / 10 : EVENTS) / BEDS;
  progress(`engine-window: ${BEDS} patients x ${rounds} s of event time`);
  let { state } = step(emptyPartition(), openWard(MEAN_OVER_10_S, BEDS));
  // Made anew in place for each second, outside the time that counts: making objects is the sender's work, not the engine's.
  const messages = Array.from({ length: BEDS }, (_, bed) => messageAt(bed, 0, wanderingReadings(METRICS, bed, 0)));
  const spent = new Spent();
  let transitions = 0;
  for (let second = 0; second < rounds; second++) {
    for (let bed = 0; bed < BEDS; bed++) moveTo(messages[bed], bed, second);
    const before = state;
    const result = spent.on(() => step(before, messages));
    ({ state } = result);
    transitions += result.effects.length;
  }
  const { perSecond, perCpuSecond } = spent.rates(rounds * BEDS);
  report('engine-window', perSecond, 'readings/s', { perCpuSecond, aim: AIM, beds: BEDS, readings: rounds * BEDS, transitions });
}

function moveTo(message, bed, second) {
  const at = messageAt(bed, second, message.readings);
  message.seq = at.seq;
  message.atMs = message.deviceAtMs = message.gatewayAtMs = at.atMs;
  message.readings[0].value = wanderingReadings(METRICS, bed, second)[0].value;
}
