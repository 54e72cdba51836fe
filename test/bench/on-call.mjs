/** Who is on call: a year of a large schedule in one question, and one instant of it, which a page waits for. */
import { onCallAt, shiftsOf } from '@vigil/domain';
import { progress, quantile, report, round } from './lib/report.mjs';

export const about = 'on-call: shifts of a year of 12 rotations with 200 overrides, and one instant';
const YEAR_MS = 365 * 86_400_000;
const FROM_MS = Date.parse('2026-01-01T00:00Z');
const ROTATIONS = 12;
const OVERRIDES = 200;

export async function run({ quick }) {
  progress(`on-call: ${ROTATIONS} rotations, a third of them on weekdays alone, ${OVERRIDES} overrides`);
  const { schedule, overrides } = large();
  const count = quick ? 10 : 50;
  const year = timed(count, () => shiftsOf(schedule, overrides, FROM_MS, FROM_MS + YEAR_MS));
  const { shifts } = shiftsOf(schedule, overrides, FROM_MS, FROM_MS + YEAR_MS);
  report('on-call.year', round(quantile(year, 0.5)), 'ms', { p99: round(quantile(year, 0.99)), shifts: shifts.length, aim: 50 });
  let atMs = FROM_MS;
  const instant = timed(count * 20, () => onCallAt(schedule, overrides, (atMs += 3_600_000)));
  report('on-call.instant', round(quantile(instant, 0.5)), 'ms', { p99: round(quantile(instant, 0.99)) });
}

function timed(count, work) {
  return Array.from({ length: count }, () => {
    const startMs = performance.now();
    work();
    return performance.now() - startMs;
  });
}

function large() {
  const weekdays = [{ weekdays: [1, 2, 3, 4, 5], from: '19:00', to: '07:00' }];
  const rotations = Array.from({ length: ROTATIONS }, (_, n) => ({
    ...{ rotationId: `r${n}`, label: `Rotation ${n}`, unit: 'hour', every: 12, startDate: '2024-01-01', handoverTime: '07:00' },
    ...{ endDate: null, participants: ['ann', 'bob', 'cem', 'dia'].map((id) => `${id}-${n}`) },
    ...(n % 3 === 0 ? { hours: weekdays } : {}),
  }));
  const overrides = Array.from({ length: OVERRIDES }, (_, seq) => {
    const fromMs = FROM_MS + (seq * YEAR_MS) / OVERRIDES;
    return {
      overrideId: `o${seq}`,
      seq,
      kind: 'replace',
      staffId: 'eve',
      instead: `ann-${seq % ROTATIONS}`,
      fromMs,
      toMs: fromMs + YEAR_MS / 50,
    };
  });
  return { schedule: { v: 1, label: 'large', careUnitId: 'icu', timeZone: 'Europe/Vienna', rotations }, overrides };
}
