import {
  type AgeGroup,
  bedKey,
  type BedId,
  type EpochMs,
  type GatewayConfig,
  gatewayKey,
  type LocalWatchConfig,
  type LogEvent,
  type LogKey,
  type MetricName,
} from '@vigil/contracts';
import type { BedState, PartitionState } from '@vigil/domain';

type WatchedBed = LocalWatchConfig['beds'][number];

/**
 * What a configuration changes for the engine, as the control events that the platform has on its log: nothing when state
 * and configuration agree, so the same configuration twice changes nothing. Ids follow from the content; these events never
 * leave the gateway.
 *
 * @param atMs event time of what the configuration has no time for: a device or a patient that is no longer there
 */
export function controlEvents(state: PartitionState, config: GatewayConfig, atMs: number): LogEvent[] {
  const { watch } = config;
  if (watch === undefined) return [];
  return [
    ...rulesOf(state, config, watch, atMs),
    ...watch.beds.flatMap((bed) => bedEvents(bedIn(state, bed.bedId), bed, config, atMs)),
    ...goneBeds(state, watch).flatMap((bed) => (bed.encounter === null ? [] : [discharge(bed, atMs)])),
  ];
}

/** Beds that the engine knows and the configuration no longer has. */
export function goneBeds(state: PartitionState, watch: LocalWatchConfig): BedState[] {
  const here = new Set(watch.beds.map(({ bedId }) => bedId));
  return [...state.keys.values()].flatMap((held) => (held.kind === 'bed' && !here.has(held.bedId) ? [held] : []));
}

function rulesOf({ engine }: PartitionState, config: GatewayConfig, watch: LocalWatchConfig, atMs: number): LogEvent[] {
  const { ruleSet, ruleSetHash: hash } = watch;
  if (engine.rules?.hash === hash && engine.rules.rate === config.rate) return [];
  const key = gatewayKey(config.gatewayId as Parameters<typeof gatewayKey>[0]);
  const about = { hash, ruleSet, rate: config.rate, by: 'configuration' };
  return [{ ...envelope(`rules/${hash}/${config.rate}`, key, atMs), kind: 'ruleSetActivated', ...about }];
}

function bedEvents(known: BedState | null, bed: WatchedBed, config: GatewayConfig, atMs: number): LogEvent[] {
  return [
    ...devicesOf(known, bed.bedId, config, atMs),
    ...placeOf(known, bed, atMs),
    ...stayOf(known, bed, atMs),
    ...standbyOf(known, bed, atMs),
    ...shelvesOf(known, bed, atMs),
    ...limitsOf(known, bed, atMs),
  ];
}

type DeviceConfig = GatewayConfig['devices'][number];
type DeviceId = Extract<LogEvent, { kind: 'deviceAssigned' }>['deviceId'];

function devicesOf(known: BedState | null, bedId: BedId, config: GatewayConfig, atMs: number): LogEvent[] {
  const named = new Set(config.devices.map(({ deviceId }) => deviceId));
  const gone = Object.keys(known?.devices ?? {}).filter((deviceId) => !named.has(deviceId));
  return [
    ...config.devices.flatMap((device) =>
      device.spans === undefined ? oneSpan(known, bedId, device, atMs) : allSpans(known, bedId, device, device.spans, atMs),
    ),
    ...gone.flatMap((deviceId) => endings(known, bedId, deviceId, new Set(), atMs)),
  ];
}

/** A platform of before says where a device is now: that holds for all times. */
function oneSpan(known: BedState | null, bedId: BedId, device: DeviceConfig, atMs: number): LogEvent[] {
  const { deviceId, fromMs = 0 as EpochMs, intervalsMs = {} } = device;
  if (device.bedId !== bedId) return endings(known, bedId, deviceId, new Set(), atMs);
  const [only, ...more] = known?.devices[deviceId] ?? [];
  const isSame = only?.fromMs === fromMs && only.toMs === null && equal(only.intervalsMs, intervalsMs);
  if (isSame && more.length === 0) return [];
  return [assigned(`${bedId}/${deviceId}/${fromMs}`, bedId, deviceId, { fromMs, toMs: null, intervalsMs }, atMs)];
}

/**
 * A platform that tells where a device stood when. Its spans have no names here, so each is named by its beginning, and one that has
 * changed is told again with the next number.
 */
function allSpans(
  known: BedState | null,
  bedId: BedId,
  { deviceId, intervalsMs = {} }: DeviceConfig,
  spans: NonNullable<DeviceConfig['spans']>,
  atMs: number,
): LogEvent[] {
  const here = spans.filter((span) => span.bedId === bedId);
  const told = here.flatMap(({ fromMs, toMs, channels = null }): LogEvent[] => {
    const assignmentId = spanName(deviceId, fromMs);
    const old = known?.devices[deviceId]?.find((span) => span.assignmentId === assignmentId);
    const isSame = old?.fromMs === fromMs && old.toMs === toMs && equal(old.intervalsMs, intervalsMs);
    if (isSame && equal(old.channels ?? [], channels ?? [])) return [];
    const rev = (old?.rev ?? 0) + 1;
    const id = `${bedId}/${deviceId}/${fromMs}/${toMs}/${rev}`;
    return [assigned(id, bedId, deviceId, { assignmentId, rev, fromMs, toMs, channels, intervalsMs }, atMs)];
  });
  return [...told, ...endings(known, bedId, deviceId, new Set(here.map(({ fromMs }) => spanName(deviceId, fromMs))), atMs)];
}

const spanName = (deviceId: string, fromMs: number): string => `${deviceId}/${fromMs}`;

/** What holds still here and is not told any more has ended now; a span without a name gives way to those that have one. */
function endings(known: BedState | null, bedId: BedId, deviceId: string, told: ReadonlySet<string>, atMs: number): LogEvent[] {
  const standing = (known?.devices[deviceId] ?? []).filter(({ toMs, assignmentId }) => {
    return toMs === null && (assignmentId === undefined ? told.size === 0 : !told.has(assignmentId));
  });
  return standing.map(({ assignmentId, rev = 0, fromMs, channels, intervalsMs }) => {
    const named = assignmentId === undefined ? {} : { assignmentId, rev: rev + 1 };
    const span = {
      ...named,
      fromMs: fromMs as EpochMs,
      toMs: Math.max(fromMs, atMs) as EpochMs,
      channels: channels as Span['channels'],
      intervalsMs,
    };
    return assigned(`${bedId}/${deviceId}/${atMs}`, bedId, deviceId, span, atMs);
  });
}

type Span = Pick<
  Extract<LogEvent, { kind: 'deviceAssigned' }>,
  'fromMs' | 'toMs' | 'intervalsMs' | 'assignmentId' | 'rev' | 'channels'
>;

function assigned(id: string, bedId: BedId, deviceId: string, span: Span, atMs: number): LogEvent {
  const about = { kind: 'deviceAssigned', deviceId: deviceId as DeviceId, bedId } as const;
  return { ...envelope(`assigned/${id}`, bedKey(bedId), atMs), ...about, ...span };
}

function stayOf(known: BedState | null, { bedId, careUnitId, encounter }: WatchedBed, atMs: number): LogEvent[] {
  if (encounter === null) return known === null || known.encounter === null ? [] : [discharge(known, atMs)];
  const { encounterId, patientId, sinceMs, ageGroup } = encounter;
  if (known?.encounter?.encounterId === encounterId) return profileOf(known, ageGroup, atMs);
  const profile = { careUnitId, ...(ageGroup === undefined ? {} : { ageGroup }) };
  const id = `admit/${bedId}/${encounterId}`;
  return [{ ...envelope(id, bedKey(bedId), sinceMs), kind: 'admit', bedId, encounterId, patientId, ...profile }];
}

/** The bed of a stay that goes on is in another care unit: other rules may hold. A new stay says it by itself. */
function placeOf(known: BedState | null, { bedId, careUnitId, encounter }: WatchedBed, atMs: number): LogEvent[] {
  const stay = known?.encounter;
  if (stay === undefined || stay === null || stay.encounterId !== encounter?.encounterId) return [];
  if (stay.careUnitId === undefined || stay.careUnitId === careUnitId) return [];
  return [{ ...envelope(`placed/${bedId}/${careUnitId}/${atMs}`, bedKey(bedId), atMs), kind: 'bedPlaced', bedId, careUnitId }];
}

/** A standby that this engine has ended by itself, because data came again, is not set a second time. */
function standbyOf(known: BedState | null, { bedId, encounter, standby }: WatchedBed, atMs: number): LogEvent[] {
  if (encounter === null) return [];
  const { encounterId } = encounter;
  const isSameStay = known?.encounter?.encounterId === encounterId;
  const now = isSameStay ? known.standby : undefined;
  if (standby !== undefined) {
    const { standbyId, place, fromMs, toMs } = standby;
    if (now?.standbyId === standbyId || (isSameStay && known.standbysOver?.includes(standbyId) === true)) return [];
    const about = { bedId, encounterId, standbyId, place, toMs };
    return [{ ...envelope(`standby/${standbyId}`, bedKey(bedId), fromMs), kind: 'standbySet', ...about }];
  }
  if (now === undefined) return [];
  const about = { bedId, encounterId, standbyId: now.standbyId, cause: 'person' } as const;
  return [{ ...envelope(`standby/${now.standbyId}/ended`, bedKey(bedId), atMs), kind: 'standbyEnded', ...about }];
}

/** A shelf that this engine has ended by itself, because its condition became more urgent, is not begun a second time. */
function shelvesOf(known: BedState | null, { bedId, encounter, shelves = [] }: WatchedBed, atMs: number): LogEvent[] {
  if (encounter === null) return [];
  const { encounterId } = encounter;
  const isSameStay = known?.encounter?.encounterId === encounterId;
  const here = new Set(Object.values((isSameStay ? known.shelves : undefined) ?? {}).map(({ shelfId }) => shelfId));
  const over = new Set(isSameStay ? known.shelvesOver : []);
  const by = 'configuration' as Extract<LogEvent, { kind: 'conditionShelved' }>['by'];
  const told = shelves.filter(({ shelfId }) => !here.has(shelfId) && !over.has(shelfId));
  const gone = [...here].filter((shelfId) => !shelves.some((shelf) => shelf.shelfId === shelfId));
  return [
    ...gone.map((shelfId): LogEvent => ({
      ...envelope(`shelf/${shelfId}/ended`, bedKey(bedId), atMs),
      ...{ kind: 'conditionUnshelved', bedId, encounterId, shelfId, cause: 'person' },
    })),
    ...told.map(({ fromMs, ...shelf }): LogEvent => ({
      ...envelope(`shelf/${shelf.shelfId}`, bedKey(bedId), fromMs),
      ...{ kind: 'conditionShelved', bedId, encounterId, ...shelf, by, secondBy: null },
    })),
  ];
}

/** Somebody has said another age group since the admission: other rules hold from here on. */
function profileOf({ bedId, encounter }: BedState, ageGroup: AgeGroup | undefined, atMs: number): LogEvent[] {
  if (encounter === null || ageGroup === undefined || encounter.ageGroup === ageGroup) return [];
  const { encounterId } = encounter;
  const by = 'configuration' as Extract<LogEvent, { kind: 'stayProfileSet' }>['by'];
  const id = `profile/${encounterId}/${ageGroup}/${atMs}`;
  return [{ ...envelope(id, bedKey(bedId), atMs), kind: 'stayProfileSet', bedId, encounterId, ageGroup, by }];
}

function limitsOf(known: BedState | null, { bedId, encounter, limits }: WatchedBed, atMs: number): LogEvent[] {
  if (encounter === null) return [];
  const { encounterId } = encounter;
  const isSameStay = known?.encounter?.encounterId === encounterId;
  const overrides = isSameStay ? known.overrides : {};
  const set = (metric: MetricName, low: number | null, high: number | null, toMs: EpochMs): LogEvent => ({
    ...envelope(`limits/${encounterId}/${metric}/${toMs}/${low}/${high}`, bedKey(bedId), atMs),
    ...{ kind: 'limitsSet', bedId, encounterId, metric, low, high, toMs, reason: 'configuration' },
    by: 'configuration' as Extract<LogEvent, { kind: 'limitsSet' }>['by'],
  });
  const changed = limits.flatMap(({ metric, low, high, toMs }) => {
    const old = overrides[metric];
    return old?.low === low && old.high === high && old.toMs === toMs ? [] : [set(metric, low, high, toMs)];
  });
  const gone = (Object.keys(overrides) as MetricName[]).flatMap((metric) => {
    const old = overrides[metric];
    const isSet = old !== undefined && (old.low !== null || old.high !== null);
    return isSet && !limits.some((l) => l.metric === metric) ? [set(metric, null, null, old.toMs as EpochMs)] : [];
  });
  return [...changed, ...gone];
}

function discharge(bed: BedState, atMs: number): LogEvent {
  const { encounterId } = bed.encounter!;
  const id = `discharge/${bed.bedId}/${encounterId}`;
  return { ...envelope(id, bedKey(bed.bedId), atMs), kind: 'discharge', bedId: bed.bedId, encounterId };
}

function envelope(id: string, key: LogKey, atMs: number) {
  return { v: 1, id: `watch/${id}`, key, origin: 'live', atMs: atMs as EpochMs } as const;
}

function bedIn(state: PartitionState, bedId: BedId): BedState | null {
  const held = state.keys.get(bedKey(bedId));
  return held?.kind === 'bed' ? held : null;
}

function equal(a: object, b: object): boolean {
  const [left, right] = [Object.entries(a), Object.entries(b)];
  return left.length === right.length && left.every(([name, value]) => (b as Record<string, unknown>)[name] === value);
}
