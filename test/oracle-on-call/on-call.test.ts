/** Who is on call, against a calculator that walks through the minutes: at changes of the clock, on odd days, with overrides that overlap. */
import { onCallAt, shiftsOf } from '@vigil/domain';
import { Dice } from '../oracle/dice.js';
import { type RandomCase, randomCase } from './random-schedule.js';
import { slowOnCall } from './slow-on-call.js';

/** Without a count so many schedules as fit into this time, and at least a few. */
const TIME_MS = 2_500;
const COUNT_MIN = 20;
const countMax = process.env['COUNT'] === undefined ? null : Number(process.env['COUNT']);
const firstSeed = Number(process.env['SEED'] ?? 1);
const MINUTE_MS = 60_000;

/** What the domain says, spread over minutes. */
function byMinute({ schedule, overrides, fromMs, minutes }: RandomCase): string[][] {
  const { shifts, gaps } = shiftsOf(schedule, overrides, fromMs, fromMs + minutes * MINUTE_MS);
  const people = Array.from({ length: minutes }, (): string[] => []);
  for (const { staffId, rotationId, overrideId, ...span } of shifts) {
    for (let ms: number = span.fromMs; ms < span.toMs; ms += MINUTE_MS) {
      people[(ms - fromMs) / MINUTE_MS]!.push(`${staffId} ${rotationId} ${overrideId}`);
    }
  }
  for (const gap of gaps) {
    for (let ms = gap.fromMs; ms < gap.toMs; ms += MINUTE_MS) people[(ms - fromMs) / MINUTE_MS]!.push('nobody');
  }
  return people.map((each) => each.sort());
}

function check(seed: number): void {
  const asked = randomCase(new Dice(seed));
  const { schedule, overrides, fromMs, minutes } = asked;
  const fast = byMinute(asked);
  const slow = slowOnCall(schedule, overrides, fromMs, minutes).map((each) => (each.length === 0 ? ['nobody'] : each));
  const at = slow.findIndex((each, n) => each.join() !== fast[n]!.join());
  if (at !== -1) {
    const minute = new Date(fromMs + at * MINUTE_MS).toISOString();
    throw new Error(`SEED=${seed} COUNT=1: at ${minute} domain says ${fast[at]!.join()}, the calculator ${slow[at]!.join()}
${JSON.stringify(asked, null, 1)}`);
  }
  for (const n of [0, Math.floor(minutes / 2), minutes - 1]) {
    const names = [...new Set(slow[n]!.map((each) => each.split(' ')[0]))].filter((name) => name !== 'nobody').sort();
    expect([seed, ...[...onCallAt(schedule, overrides, fromMs + n * MINUTE_MS)].sort()]).toEqual([seed, ...names]);
  }
}

test('whatever the zone, the rotations and the overrides, every minute is as the slow calculator says', () => {
  const untilMs = performance.now() + TIME_MS;
  let n = 0;
  for (; countMax === null ? n < COUNT_MIN || performance.now() < untilMs : n < countMax; n += 1) check(firstSeed + n);
  if (countMax !== null) process.stdout.write(`${JSON.stringify({ check: 'on-call', seed: firstSeed, schedules: n })}\n`);
}, 3_600_000);
