import { burstMs, lossPattern, patternOf, patternSamples } from './sound-pattern.js';

const RATE = 8_000;

/** How many stretches of sound there are, with at least 30 ms of silence between two. */
function pulses(samples: Float32Array): number {
  let count = 0;
  let silent = RATE;
  for (const sample of samples) {
    if (Math.abs(sample) < 0.01) silent += 1;
    else {
      if (silent > RATE * 0.03) count += 1;
      silent = 0;
    }
  }
  return count;
}

test.each([
  ['high', 10, 10_000, [75, 200]],
  ['medium', 3, 25_000, [125, 250]],
  ['low', 1, 30_000, [125, 250]],
] as const)('%s is %d pulses every %d ms', (priority, count, everyMs, [least, most]) => {
  const pattern = patternOf(priority, 'physiological');
  expect(pulses(patternSamples(pattern, RATE))).toBe(count);
  expect(pattern.everyMs).toBe(everyMs);
  expect(pattern.pulseMs >= least && pattern.pulseMs <= most).toBe(true);
  expect(burstMs(pattern)).toBeLessThan(everyMs - 2_500);
});

test('a burst begins at once, never clips, and technical ones are lower', () => {
  for (const priority of ['high', 'medium', 'low'] as const) {
    const [body, machine] = [patternOf(priority, 'physiological'), patternOf(priority, 'technical')];
    expect(machine.fundamentalHz).toBeLessThan(body.fundamentalHz);
    expect(Math.min(machine.fundamentalHz, body.fundamentalHz)).toBeGreaterThanOrEqual(150);
    const samples = patternSamples(body, RATE);
    expect(samples.findIndex((sample) => Math.abs(sample) > 0.05)).toBeLessThan(RATE * 0.05);
    expect(samples.every((sample) => Math.abs(sample) <= 1)).toBe(true);
  }
});

test('the sound of a lost picture is three falling tones, at most four times a minute, whatever sounds beside it', () => {
  const alone = lossPattern(null);
  expect(pulses(patternSamples(alone, RATE))).toBe(3);
  const notes = alone.notesHz ?? [];
  expect([...notes].sort((a, b) => b - a)).toEqual(notes);
  expect(Math.min(...notes)).toBeGreaterThanOrEqual(150);
  for (const priority of ['high', 'medium', 'low'] as const)
    for (const kind of ['physiological', 'technical'] as const) {
      const { everyMs } = lossPattern(patternOf(priority, kind));
      expect(everyMs).toBeGreaterThanOrEqual(15_000);
      expect(everyMs).toBeLessThanOrEqual(30_000);
    }
});
