import { type Outcome, simulate } from './simulate.js';

const count = Number(process.env['COUNT'] ?? 200);
const firstSeed = Number(process.env['SEED'] ?? 1);
/** In `npm test` it ends after so long, with at least a few runs; a count that is asked for is done. */
const TIME_MS = 12_000;
const COUNT_MIN = 25;

test('whatever crashes, is stolen, doubled or lost on the way: each alarm is told once, as without any fault', async () => {
  const fromMs = performance.now();
  const isAsked = process.env['COUNT'] !== undefined;
  const sums: Record<string, number> = {};
  let runs = 0;
  while (runs < count && (isAsked || runs < COUNT_MIN || performance.now() - fromMs < TIME_MS)) {
    const outcome = await simulate(firstSeed + runs);
    runs += 1;
    if (outcome.broken.length > 0) throw new Error(complaint(outcome));
    for (const [name, n] of Object.entries(outcome.figures)) sums[name] = (sums[name] ?? 0) + n;
    if (isAsked && runs % 500 === 0) process.stderr.write(`simulation: ${runs} of ${count} seeds\n`);
  }
  const figures = Object.entries(sums).map(([name, n]) => `${n} ${name}`);
  process.stderr.write(`simulation: ${runs} seeds from ${firstSeed}, ${figures.join(', ')}; nothing lost, nothing doubled\n`);
  expect(sums['transitions']).toBeGreaterThan(runs);
  expect(sums['crashes']).toBeGreaterThan(runs);
}, 7_200_000);

test('a seed gives the same run each time, to the last turn', async () => {
  const first = await simulate(firstSeed);
  for (let again = 0; again < 9; again++) expect((await simulate(firstSeed)).trace).toBe(first.trace);
});

function complaint({ seed, broken, figures }: Outcome): string {
  return [
    `SEED=${seed} COUNT=1 npm run engine -- --testPathPatterns test/simulation`,
    ...broken.slice(0, 20),
    JSON.stringify(figures),
  ].join('\n');
}
