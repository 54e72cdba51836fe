/** Resident memory of each process after two minutes of a ward of a hundred beds. */
import { startLoad } from '@vigil/simulator';
import { rssMb } from './lib/machine.mjs';
import { progress, report, sleep } from './lib/report.mjs';
import { EIGHT_METRICS, startStack } from './lib/stack.mjs';

const BEDS = 100;

export const about = 'memory: resident memory of each process and of all, after 2 minutes at 100 beds x 8 metrics x 1 Hz';

export async function run({ quick }) {
  const seconds = quick ? 15 : 120;
  progress(`memory: ${BEDS} beds, ${seconds} s`);
  const { stack, end } = await startStack({ beds: BEDS });
  const load = startLoad({ mqttUrl: stack.mqttUrl, devices: stack.devices, messagesPerSecond: BEDS, metrics: EIGHT_METRICS });
  await load.ready;
  await sleep(seconds * 1000);
  const each = Object.entries(stack.pids()).map(([name, pid]) => [name, rssMb(pid)]);
  const parameters = { beds: BEDS, metrics: EIGHT_METRICS.length, hz: 1, afterS: seconds };
  for (const [name, mb] of each) report(`memory.${name}`, mb, 'MiB', parameters);
  const all = each.reduce((sum, [, mb]) => sum + mb, 0);
  report('memory', all, 'MiB', { ...parameters, aim: 1024, without: 'launcher and simulator' });
  await load.stop();
  await end();
}
