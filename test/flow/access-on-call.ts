import { randomUUID } from 'node:crypto';
import type { Cell, Parts } from './access-requests.js';

const key = () => ({ 'idempotency-key': randomUUID() });
const stale = () => ({ 'if-match': '"99"', ...key() });

const contentOf = (careUnitId: string) => ({
  ...{ v: 1, label: 'Physicians', careUnitId, timeZone: 'UTC' },
  rotations: [],
});

/** The schedule of the care unit of the situation; always the same one. */
async function scheduleOf({ ward, situation }: Cell): Promise<{ readonly params: { readonly scheduleId: string } }> {
  const careUnitId = situation === 'other' ? 'imc' : 'icu';
  const scheduleId = `schedule-${careUnitId}`;
  const { onCall } = ward.api.stores;
  if ((await onCall.schedule(scheduleId as never)) === null) {
    const asked = { scheduleId, content: contentOf(careUnitId) };
    await onCall.create(asked as never, changeOf(ward) as never);
  }
  return { params: { scheduleId } };
}

async function overrideOf(cell: Cell): Promise<Parts> {
  const { params } = await scheduleOf(cell);
  const wallMs = cell.ward.api.clock.wallMs();
  const asked = { kind: 'add', staffId: 'zed', instead: null, fromMs: wallMs, toMs: wallMs + 60_000 };
  const { onCall } = cell.ward.api.stores;
  const { value } = await onCall.addOverride(params.scheduleId as never, asked as never, changeOf(cell.ward) as never);
  return { params: { overrideId: value.overrideId }, headers: key() };
}

const changeOf = (ward: Cell['ward']) => ({ ...ward.who, commandId: randomUUID(), by: 'zed', source: 'person', sourceRef: null });

/** About a swap that is not there, which is said only once access was decided. */
const noSwap = () => ({ params: { swapId: randomUUID() }, headers: stale(), done: [404] });

/** Requests of `/api/v1/on-call`. */
export const ON_CALL_REQUESTS: Readonly<Record<string, (cell: Cell) => Parts | Promise<Parts>>> = {
  'GET /api/v1/on-call/now': () => ({}),
  'GET /api/v1/on-call/schedules': () => ({}),
  'GET /api/v1/on-call/schedules/{scheduleId}': scheduleOf,
  'GET /api/v1/on-call/schedules/{scheduleId}/changes': scheduleOf,
  'GET /api/v1/on-call/schedules/{scheduleId}/shifts': scheduleOf,
  'GET /api/v1/on-call/schedules/{scheduleId}/overrides': scheduleOf,
  'POST /api/v1/on-call/schedules': ({ situation, n }) => ({
    headers: key(),
    body: { scheduleId: `new-${n}`, content: contentOf(situation === 'other' ? 'imc' : 'icu') },
  }),
  'POST /api/v1/on-call/preview': async (cell) => {
    const wallMs = Math.floor(cell.ward.api.clock.wallMs());
    return { body: { ...(await scheduleOf(cell)).params, fromMs: wallMs, toMs: wallMs + 86_400_000 } };
  },
  'PUT /api/v1/on-call/schedules/{scheduleId}': async (cell) => ({
    ...(await scheduleOf(cell)),
    headers: stale(),
    body: { content: contentOf(cell.situation === 'other' ? 'imc' : 'icu') },
    done: [412],
  }),
  'DELETE /api/v1/on-call/schedules/{scheduleId}': async (cell) => ({
    ...(await scheduleOf(cell)),
    headers: stale(),
    done: [412],
  }),
  'POST /api/v1/on-call/schedules/{scheduleId}/overrides': async (cell) => {
    const wallMs = cell.ward.api.clock.wallMs();
    const body = { kind: 'add', staffId: 'zed', fromMs: wallMs, toMs: wallMs + 60_000 };
    return { ...(await scheduleOf(cell)), headers: key(), body };
  },
  'DELETE /api/v1/on-call/overrides/{overrideId}': overrideOf,
  'GET /api/v1/on-call/schedules/{scheduleId}/handover-notes': scheduleOf,
  'POST /api/v1/on-call/schedules/{scheduleId}/handover-notes': async (cell) => ({
    ...(await scheduleOf(cell)),
    headers: key(),
    body: { text: 'all quiet' },
  }),
  'GET /api/v1/on-call/swaps': () => ({}),
  'GET /api/v1/on-call/swaps/{swapId}': noSwap,
  // Nobody has a turn, which is said only once access was decided.
  'POST /api/v1/on-call/swaps': async (cell) => {
    const { params } = await scheduleOf(cell);
    const wallMs = cell.ward.api.clock.wallMs();
    const give = { ...params, fromMs: wallMs + 60_000, toMs: wallMs + 120_000 };
    return { headers: key(), body: { give, to: 'zed' }, done: [409] };
  },
  'POST /api/v1/on-call/swaps/{swapId}/agree': noSwap,
  'POST /api/v1/on-call/swaps/{swapId}/decline': noSwap,
  'DELETE /api/v1/on-call/swaps/{swapId}': noSwap,
};
