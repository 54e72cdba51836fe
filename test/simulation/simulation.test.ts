import { count as addUp, countsOf } from '../oracle/kinds.js';
import { MUST_OCCUR } from './occurred.js';
import { type Outcome, simulate } from './simulate.js';

const count = Number(process.env['COUNT'] ?? 200);
const firstSeed = Number(process.env['SEED'] ?? 1);
/** In `npm test` it ends after so long, but never with fewer runs than these or before all occurred; a count that is asked for is done. */
const TIME_MS = 12_000;
const COUNT_MIN = 100;

test('whatever crashes, is stolen, doubled or lost on the way: each alarm is told once, as without any fault', async () => {
  const fromMs = performance.now();
  const isAsked = process.env['COUNT'] !== undefined;
  const sums: Record<string, number> = {};
  let runs = 0;
  const neverOccurred = (): string[] => MUST_OCCUR.filter((what) => (sums[what] ?? 0) === 0);
  const isTimeLeft = (): boolean => performance.now() - fromMs < TIME_MS;
  while (runs < count && (isAsked || runs < COUNT_MIN || isTimeLeft() || neverOccurred().length > 0)) {
    const outcome = await simulate(firstSeed + runs);
    runs += 1;
    if (outcome.broken.length > 0) throw new Error(complaint(outcome));
    for (const [name, n] of Object.entries(outcome.figures)) addUp(sums, name, n);
    if (isAsked && runs % 500 === 0) process.stderr.write(`simulation: ${runs} of ${count} seeds\n`);
  }
  process.stderr.write(`simulation: ${runs} seeds from ${firstSeed}; nothing lost, nothing doubled\n`);
  process.stderr.write(`simulation: ${countsOf(sums)}\n`);
  if (runs < count)
    process.stderr.write(`simulation: ONLY ${runs} OF ${count} SEEDS in ${TIME_MS / 1_000} s: the machine is slow or busy\n`);
  if (runs >= COUNT_MIN) expect(neverOccurred()).toEqual([]);
}, 7_200_000);

test('a seed gives the same run each time, to the last turn', async () => {
  const first = await simulate(firstSeed);
  for (let again = 0; again < 3; again++) expect((await simulate(firstSeed)).trace).toBe(first.trace);
});

function complaint({ seed, broken, figures }: Outcome): string {
  return [
    `SEED=${seed} COUNT=1 npm run engine -- --testPathPatterns test/simulation`,
    ...broken.slice(0, 20),
    JSON.stringify(figures),
  ].join('\n');
}
