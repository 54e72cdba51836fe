import {
  type DeviceState,
  DEVICE_FAULTS,
  type EpochMs,
  FleetDevice,
  FleetGateway,
  GATEWAY_FAULTS,
  type GatewayStatus,
  type Page,
} from '@vigil/contracts';
import {
  DEVICE_TOLD_WALL_MS_MAX,
  type DeviceQuery,
  type FaultEvent,
  Fleet,
  type FleetNews,
  type FleetQuery,
  GATEWAY_TOLD_WALL_MS_MAX,
  STRANGERS_MAX,
} from '../../ports/fleet.js';
import { type Expression, sql, type SqlBool } from 'kysely';
import type { SqlContext } from './context.js';
import { decodeCursor, pageOf } from './cursor.js';
import { registeredDevice } from './device-row.js';
import { type Counts, type Marks, marksAfter, recentOf } from './fleet-recent.js';
import { openDeviceSpans } from './open-device-spans.js';
import type { Db, Tx } from './sql.js';

/** As it is stored; what an older version stored has neither marks nor reconnects. */
type DeviceContent = Omit<NonNullable<FleetDevice['state']>, 'atMs' | 'isCurrent' | 'lastSeenAgeMs' | 'recent' | 'reconnects'> & {
  readonly reconnects?: number | null;
  readonly marks?: Marks;
};
type GatewayContent = Omit<NonNullable<FleetGateway['state']>, 'atMs' | 'isCurrent' | 'ageMs'>;
type StateRow = { readonly at_ms: number; readonly content_json: string };

/** The fleet in SQL: a row for each device, gateway and fault. */
export class SqlFleet extends Fleet {
  constructor(private readonly context: Pick<SqlContext, 'sql'>) {
    super();
  }

  override note({ devices, gateways, faults }: FleetNews, nowMs: number): Promise<number> {
    return this.context.sql.transaction(async (tx) => {
      let leftOut = 0;
      for (const state of gateways) leftOut += (await noteGateway(tx, state, nowMs)) ? 0 : 1;
      for (const state of devices) leftOut += (await noteDevice(tx, state, nowMs)) ? 0 : 1;
      for (const fault of faults) leftOut += (await noteFault(tx, fault, nowMs)) ? 0 : 1;
      return leftOut;
    });
  }

  override devices(query: DeviceQuery): Promise<Page<FleetDevice>> {
    return this.context.sql.query(async (db) => {
      const ids = await deviceIds(db, query);
      const shown = ids.slice(0, query.limit);
      const items = await devicesOf(db, shown, query);
      return pageOf([...items, ...ids.slice(query.limit)], query.limit, asItem, keyOf('deviceId'));
    });
  }

  override gateways(query: FleetQuery): Promise<Page<FleetGateway>> {
    return this.context.sql.query(async (db) => {
      const ids = await gatewayIds(db, query);
      const shown = ids.slice(0, query.limit);
      const items = await gatewaysOf(db, shown, query);
      return pageOf([...items, ...ids.slice(query.limit)], query.limit, asItem, keyOf('gatewayId'));
    });
  }
}

/** `pageOf` is handed one row more than it shows, of which only the presence counts. */
const asItem = <T>(row: T | string): T => row as T;
const keyOf =
  <K extends string>(name: K) =>
  (row: Record<K, string> | string): readonly string[] => [typeof row === 'string' ? row : row[name]];

async function noteDevice(tx: Tx, event: DeviceState, nowMs: number): Promise<boolean> {
  const { connected, lastSeenMs, skewMs, clockSuspect, certificateNotAfterMs, said, accepted, rejected, duplicates } = event;
  const known = await tx.db.selectFrom('device_state').selectAll().where('device_id', '=', event.deviceId).executeTakeFirst();
  const atMs = Math.min(event.atMs, nowMs);
  if (known !== undefined && known.at_ms > atMs) return true;
  if (known === undefined && !(await hasRoom(tx, 'device', event.deviceId))) return false;
  const reconnects = event.reconnects ?? null;
  const before = known === undefined ? null : (JSON.parse(known.content_json) as DeviceContent);
  const last = before === null ? null : countsOf(before, known!.at_ms);
  const content: DeviceContent = {
    ...{ connected, lastSeenMs, skewMs, clockSuspect, certificateNotAfterMs, said, accepted, rejected, duplicates, reconnects },
    marks: marksAfter(before?.marks ?? null, last, { atMs, accepted, rejected, reconnects }),
  };
  const row = { gateway_id: event.gatewayId, at_ms: atMs, content_json: JSON.stringify(content) };
  await tx.db
    .insertInto('device_state')
    .values({ device_id: event.deviceId, ...row })
    .onConflict((c) => c.column('device_id').doUpdateSet(row))
    .execute();
  return true;
}

const countsOf = ({ accepted, rejected, reconnects = null }: DeviceContent, atMs: number): Counts => ({
  ...{ atMs, accepted, rejected, reconnects },
});

async function noteGateway(tx: Tx, event: GatewayStatus, nowMs: number): Promise<boolean> {
  const { gatewayId, bedIds, pending, oldestPendingMs, accepted, rejected } = event;
  const known = await tx.db.selectFrom('gateway_state').select('at_ms').where('gateway_id', '=', gatewayId).executeTakeFirst();
  const atMs = Math.min(event.atMs, nowMs);
  if (known !== undefined && known.at_ms > atMs) return true;
  if (known === undefined && !(await hasRoom(tx, 'gateway', gatewayId))) return false;
  const content: GatewayContent = {
    ...{ beds: bedIds.length, pending, oldestPendingMs, accepted, rejected },
    spoolBytes: event.spoolBytes ?? null,
    lagMs: event.lagMs ?? null,
    version: event.version ?? null,
    configIssuedAtMs: event.configIssuedAtMs ?? null,
  };
  const row = { at_ms: atMs, content_json: JSON.stringify(content) };
  await tx.db
    .insertInto('gateway_state')
    .values({ gateway_id: gatewayId, ...row })
    .onConflict((c) => c.column('gateway_id').doUpdateSet(row))
    .execute();
  return true;
}

/** An end is kept as a row too: what is told again of before it does not bring the fault back. */
async function noteFault(tx: Tx, event: FaultEvent, nowMs: number): Promise<boolean> {
  const [kind, id] =
    event.kind === 'deviceFault' ? (['device', event.deviceId] as const) : (['gateway', event.gatewayId] as const);
  const subject = `${kind}:${id}`;
  const known = await tx.db
    .selectFrom('fault_state')
    .select('at_ms')
    .where('subject', '=', subject)
    .where('fault', '=', event.fault)
    .executeTakeFirst();
  const atMs = Math.min(event.atMs, nowMs);
  if (known !== undefined && known.at_ms > atMs) return true;
  if (known === undefined && !(await hasRoom(tx, kind, id, true))) return false;
  const row = { active: event.active ? 1 : 0, at_ms: atMs };
  await tx.db
    .insertInto('fault_state')
    .values({ subject, fault: event.fault, ...row })
    .onConflict((c) => c.columns(['subject', 'fault']).doUpdateSet(row))
    .execute();
  return true;
}

/** What the site has always finds room; of others only so many, and of their faults those of whom something is known. */
async function hasRoom({ db }: Tx, kind: 'device' | 'gateway', id: string, isFault = false): Promise<boolean> {
  const known = kind === 'device' ? await strangeDevices(db, id) : await strangeGateways(db, id);
  if (known === null) return true;
  return isFault ? known.includes(id) : known.length < STRANGERS_MAX;
}

/** Devices that are told of and that the site does not have; null when it has this one. */
async function strangeDevices(db: Db, id: string): Promise<readonly string[] | null> {
  const own = await db.selectFrom('device').select('device_id').where('device_id', '=', id).executeTakeFirst();
  if (own !== undefined) return null;
  const rows = await db
    .selectFrom('device_state')
    .select('device_id')
    .where('device_id', 'not in', (eb) => eb.selectFrom('device').select('device.device_id'))
    .limit(STRANGERS_MAX)
    .execute();
  return rows.map((row) => row.device_id);
}

async function strangeGateways(db: Db, id: string): Promise<readonly string[] | null> {
  const own = await db.selectFrom('gateway').select('gateway_id').where('gateway_id', '=', id).executeTakeFirst();
  if (own !== undefined) return null;
  const rows = await db
    .selectFrom('gateway_state')
    .select('gateway_id')
    .where('gateway_id', 'not in', (eb) => eb.selectFrom('gateway').select('gateway.gateway_id'))
    .limit(STRANGERS_MAX)
    .execute();
  return rows.map((row) => row.gateway_id);
}

/** One id more than a page shows. Strangers are found by their id alone: nothing else is known of them. */
async function deviceIds(db: Db, { limit, cursor, search = {} }: DeviceQuery): Promise<readonly string[]> {
  const after = String(decodeCursor(cursor, ['string'])?.[0] ?? '');
  const { deviceId, state, bedId, text } = search;
  let own = db.selectFrom('device').select('device_id as id').where('device_id', '>', after);
  if (deviceId !== undefined) own = own.where('device_id', '=', deviceId);
  if (state !== undefined) own = own.where('state', '=', state);
  if (bedId !== undefined) {
    own = own.where('device_id', 'in', (eb) =>
      eb
        .selectFrom('device_assignment as a')
        .select('a.device_id')
        .where('a.bed_id', '=', bedId)
        .where('a.to_ms', 'is', null)
        .where('a.voided_wall_ms', 'is', null),
    );
  }
  if (text !== undefined) own = own.where((eb) => eb.or(SEARCHED.map((column) => contains(eb.ref(column), text))));
  const strangers = db.selectFrom('device_state').select('device_id as id').where('device_id', '>', after);
  const told = text === undefined ? strangers : strangers.where((eb) => contains(eb.ref('device_id'), text));
  const rows = await (deviceId !== undefined || state !== undefined || bedId !== undefined ? own : own.union(told))
    .orderBy('id')
    .limit(limit + 1)
    .execute();
  return rows.map((row) => row.id);
}

/** Not the serial number and the UDI: a search stands in an address, and those are in no log. */
const SEARCHED = ['device_id', 'manufacturer', 'model', 'owner', 'place', 'firmware_wanted'] as const;

const contains = (column: Expression<string | null>, text: string) =>
  sql<SqlBool>`lower(coalesce(${column}, '')) like ${`%${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`} escape '\\'`;

async function gatewayIds(db: Db, { limit, cursor }: FleetQuery): Promise<readonly string[]> {
  const after = String(decodeCursor(cursor, ['string'])?.[0] ?? '');
  const rows = await db
    .selectFrom('gateway')
    .select('gateway_id as id')
    .where('gateway_id', '>', after)
    .union((eb) => eb.selectFrom('gateway_state').select('gateway_id as id').where('gateway_id', '>', after))
    .orderBy('id')
    .limit(limit + 1)
    .execute();
  return rows.map((row) => row.id);
}

async function devicesOf(db: Db, ids: readonly string[], query: FleetQuery): Promise<readonly FleetDevice[]> {
  if (ids.length === 0) return [];
  const site = await db
    .selectFrom('device')
    .selectAll()
    .where('device_id', 'in', [...ids])
    .execute();
  const beds = await openDeviceSpans(db, ids);
  const states = await db
    .selectFrom('device_state')
    .selectAll()
    .where('device_id', 'in', [...ids])
    .execute();
  const faults = await standingFaults(db, 'device', ids, query);
  return ids.map((deviceId) => {
    const known = site.find((row) => row.device_id === deviceId);
    const bed = beds.find((row) => row.device_id === deviceId);
    const state = states.find((row) => row.device_id === deviceId);
    return FleetDevice.parse({
      deviceId,
      gatewayId: state?.gateway_id ?? known?.gateway_id ?? null,
      inSite: known !== undefined && known.state !== 'retired',
      record: known === undefined ? null : registeredDevice(known),
      bed: bed === undefined ? null : { bedId: bed.bed_id, label: bed.label, careUnitId: bed.care_unit_id },
      state: state === undefined ? null : deviceState(state, query),
      faults: (faults.get(deviceId) ?? []).filter(({ fault }) => (DEVICE_FAULTS as readonly string[]).includes(fault)),
    });
  });
}

async function gatewaysOf(db: Db, ids: readonly string[], query: FleetQuery): Promise<readonly FleetGateway[]> {
  if (ids.length === 0) return [];
  const site = await db
    .selectFrom('gateway')
    .select('gateway_id')
    .where('gateway_id', 'in', [...ids])
    .execute();
  const states = await db
    .selectFrom('gateway_state')
    .selectAll()
    .where('gateway_id', 'in', [...ids])
    .execute();
  const faults = await standingFaults(db, 'gateway', ids, query);
  return ids.map((gatewayId) => {
    const state = states.find((row) => row.gateway_id === gatewayId);
    return FleetGateway.parse({
      gatewayId,
      inSite: site.some((row) => row.gateway_id === gatewayId),
      state: state === undefined ? null : gatewayState(state, query),
      faults: (faults.get(gatewayId) ?? []).filter(({ fault }) => (GATEWAY_FAULTS as readonly string[]).includes(fault)),
    });
  });
}

function deviceState({ at_ms: atMs, content_json }: StateRow, { nowMs, rate }: FleetQuery): FleetDevice['state'] {
  const { marks, ...told } = JSON.parse(content_json) as DeviceContent;
  const isCurrent = nowMs - atMs <= DEVICE_TOLD_WALL_MS_MAX * rate;
  const lastSeenAgeMs = told.lastSeenMs === null ? null : Math.max(0, (nowMs - told.lastSeenMs) / rate);
  const recent = marks === undefined ? null : recentOf(marks, countsOf(told, atMs));
  return { ...told, reconnects: told.reconnects ?? null, recent, lastSeenAgeMs, atMs: atMs as EpochMs, isCurrent };
}

function gatewayState({ at_ms: atMs, content_json }: StateRow, { nowMs, rate }: FleetQuery): FleetGateway['state'] {
  const isCurrent = nowMs - atMs <= GATEWAY_TOLD_WALL_MS_MAX * rate;
  const ageMs = Math.max(0, (nowMs - atMs) / rate);
  return { ...(JSON.parse(content_json) as GatewayContent), ageMs, atMs: atMs as EpochMs, isCurrent };
}

type Standing = ReadonlyMap<string, readonly { readonly fault: string; readonly atMs: number }[]>;

/** What was not repeated for long is over, or nobody knows. */
async function standingFaults(
  db: Db,
  kind: 'device' | 'gateway',
  ids: readonly string[],
  { nowMs, rate }: FleetQuery,
): Promise<Standing> {
  const rows = await db
    .selectFrom('fault_state')
    .selectAll()
    .where(
      'subject',
      'in',
      ids.map((id) => `${kind}:${id}`),
    )
    .where('active', '=', 1)
    .where('at_ms', '>=', nowMs - DEVICE_TOLD_WALL_MS_MAX * rate)
    .orderBy('fault')
    .execute();
  const byId = new Map<string, { fault: string; atMs: number }[]>();
  for (const row of rows) {
    const id = row.subject.slice(kind.length + 1);
    byId.set(id, [...(byId.get(id) ?? []), { fault: row.fault, atMs: row.at_ms }]);
  }
  return byId;
}
