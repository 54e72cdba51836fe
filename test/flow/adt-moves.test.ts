/** The simulator's moves against the real API: admitted, moved and discharged, in beds where somebody lies already. */
import type { Clock } from '@vigil/clock';
import { BedId, type Encounter, Site } from '@vigil/contracts';
import { RestAdt } from '../../packages/simulator/src/adt/adt.js';
import { planMoves } from '../../packages/simulator/src/adt/moves.js';
import { PlatformCalls } from '../../packages/simulator/src/adt/platform-calls.js';
import { playMoves } from '../../packages/simulator/src/adt/play-moves.js';
import { RestMoves } from '../../packages/simulator/src/adt/rest-moves.js';
import { readTransfers, type RecordedStay } from '../../packages/simulator/src/adt/transfers.js';
import { silentLog } from '../../packages/simulator/src/log.js';
import { type Api, SERVICE_TOKEN, site as wardSite, startApi } from './api-fixture.js';

const dir = process.env['VIGIL_TEST_RECORDINGS'] ?? '';
if (dir === '') process.stdout.write('skipped: recorded stays over REST (VIGIL_TEST_RECORDINGS names no folder)\n');
const BEDS = Array.from({ length: 16 }, (_, n) => BedId.parse(`icu-${n + 1}`));
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

let api: Api;
beforeEach(async () => {
  const beds = [...BEDS, BedId.parse('imc-1')].map((bedId) => ({ bedId, careUnitId: bedId.slice(0, 3), label: bedId }));
  const site = Site.parse({ ...wardSite, beds });
  api = await startApi({ site, env: { VIGIL_REQUESTS_PER_S: '10000' } });
});
afterEach(() => api.end());

/** Plays stays in so much of the platform's time, which passes as fast as the moves are told. */
async function played(stays: readonly RecordedStay[], spanMs: number) {
  const { clock, url } = api;
  const passing: Clock = Object.assign(Object.create(clock) as Clock, {
    sleep: (wallMs: number) => clock.advance(wallMs),
  });
  const plan = planMoves(stays, { beds: BEDS, spanMs, seed: 1 });
  const sink = new RestMoves(new PlatformCalls(url, SERVICE_TOKEN), new RestAdt(url, SERVICE_TOKEN));
  const signal = new AbortController().signal;
  const told = await playMoves({ plan, sink, clock: passing, log: silentLog, seed: 1, signal });
  const { body } = await api.call('GET', '/api/v1/encounters?open=true&limit=500', { as: SERVICE_TOKEN });
  return { plan, told, lying: (body.items as Encounter[]).filter(({ bedId }) => BEDS.includes(bedId)) };
}

test('every move is accepted, whoever lay in a bed before is discharged, and in the end all beds are empty', async () => {
  const stays = Array.from({ length: 30 }, (_, n): RecordedStay => {
    const ends = [1 + (n % 3), 4 + (n % 7)].map((hours) => hours * HOUR_MS) as [number, number];
    const places = ends.map((toMs, place) => ({ unit: `Unit ${(n + place) % 4}`, fromMs: place === 0 ? 0 : ends[0], toMs }));
    return { subject: `s${Math.floor(n / 2)}`, places: [places[0]!, ...places.slice(1)] };
  });
  const { plan, told, lying } = await played(stays, MINUTE_MS);
  expect(told).toEqual({ accepted: plan.moves.length, task: 0, refused: 0 });
  expect(lying).toEqual([]);
}, 30_000);

(dir === '' ? test.skip : test)(
  'recorded stays too',
  async () => {
    const { stays } = await readTransfers(dir);
    // All 275 take a quarter of a minute; that they fit is shown beside the plan.
    const { plan, told, lying } = await played(stays.slice(0, 40), 10 * MINUTE_MS);
    expect(told).toEqual({ accepted: plan.moves.length, task: 0, refused: 0 });
    expect(lying).toEqual([]);
  },
  60_000,
);
