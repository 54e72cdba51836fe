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
  return [...devicesOf(known, bed.bedId, config, atMs), ...stayOf(known, bed, atMs), ...limitsOf(known, bed, atMs)];
}

function devicesOf(known: BedState | null, bedId: BedId, config: GatewayConfig, atMs: number): LogEvent[] {
  const key = bedKey(bedId);
  const here = config.devices.filter((d) => d.bedId === bedId);
  const events = here.flatMap((d): LogEvent[] => {
    const fromMs = d.fromMs ?? (0 as EpochMs);
    const intervalsMs = d.intervalsMs ?? {};
    const assigned = known?.devices[d.deviceId];
    const same = assigned?.fromMs === fromMs && assigned.toMs === null && equal(assigned.intervalsMs, intervalsMs);
    if (same) return [];
    const deviceId = d.deviceId as Extract<LogEvent, { kind: 'deviceAssigned' }>['deviceId'];
    const id = `assigned/${bedId}/${deviceId}/${fromMs}`;
    return [{ ...envelope(id, key, atMs), kind: 'deviceAssigned', deviceId, bedId, fromMs, toMs: null, intervalsMs }];
  });
  for (const [name, assigned] of Object.entries(known?.devices ?? {})) {
    if (assigned.toMs !== null || here.some(({ deviceId }) => deviceId === name)) continue;
    const deviceId = name as Extract<LogEvent, { kind: 'deviceAssigned' }>['deviceId'];
    const facts = {
      deviceId,
      bedId,
      fromMs: assigned.fromMs as EpochMs,
      toMs: atMs as EpochMs,
      intervalsMs: assigned.intervalsMs,
    };
    events.push({ ...envelope(`assigned/${bedId}/${name}/${atMs}`, key, atMs), kind: 'deviceAssigned', ...facts });
  }
  return events;
}

function stayOf(known: BedState | null, { bedId, careUnitId, encounter }: WatchedBed, atMs: number): LogEvent[] {
  if (encounter === null) return known === null || known.encounter === null ? [] : [discharge(known, atMs)];
  const { encounterId, patientId, sinceMs, ageGroup } = encounter;
  if (known?.encounter?.encounterId === encounterId) return profileOf(known, ageGroup, atMs);
  const profile = { careUnitId, ...(ageGroup === undefined ? {} : { ageGroup }) };
  const id = `admit/${bedId}/${encounterId}`;
  return [{ ...envelope(id, bedKey(bedId), sinceMs), kind: 'admit', bedId, encounterId, patientId, ...profile }];
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
