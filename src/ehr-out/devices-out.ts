import { type Clock, wallElapsedMs } from '@vigil/clock';
import type { DeviceId, FleetDevice } from '@vigil/contracts';
import {
  contentHash,
  CUFF_METRICS,
  deviceMetricIdentity,
  deviceMetricResource,
  deviceResource,
  type ObservedName,
  type OutDeviceFacts,
} from '@vigil/domain';
import type { EhrLinks } from '../ports/ehr-links.js';
import type { FhirSink, OutResource } from '../ports/fhir-server.js';
import type { Fleet } from '../ports/fleet.js';

/** Wall time between two looks at what is known of devices. */
const LOOK_EVERY_MS = 300_000;
const PAGE = 500;
const PAGES_MAX = 20;

export interface DevicesOutParts {
  readonly sink: FhirSink;
  readonly links: EhrLinks;
  readonly fleet: Pick<Fleet, 'devices'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

interface Told {
  readonly id: string;
  /** Of what it was told as. */
  readonly digest: string;
  readonly metrics: Set<ObservedName>;
}

/**
 * Devices and their metrics at the server, before Observations name them: a Device of ours under our identifier where the hospital
 * has linked none of its own, put anew when what is known of it changes. One that can't be made is named by identifier alone,
 * so that Observations go out without it.
 */
export class DevicesOut {
  private facts = new Map<string, OutDeviceFacts>();
  private lookedWallMs: number | null = null;
  private readonly told = new Map<DeviceId, Told>();

  constructor(private readonly parts: DevicesOutParts) {}

  /** Reference of the device there, or null. @param name what it measures now, which the server is told of too */
  async referenceOf(deviceId: DeviceId, name: ObservedName): Promise<string | null> {
    await this.look();
    const facts = this.facts.get(deviceId) ?? {};
    const digest = contentHash(facts);
    const told = this.told.get(deviceId);
    const link = await this.parts.links.ofLocal('device', deviceId);
    // The hospital's own device is left as the hospital has it.
    if (link !== null) return `Device/${link.serverId}`;
    const id = told?.digest === digest ? told.id : await this.make(deviceId, facts, told?.id ?? null);
    if (id === null) return null;
    const known: Told = told?.digest === digest ? told : { id, digest, metrics: told?.metrics ?? new Set() };
    this.told.set(deviceId, known);
    await this.tellMetrics(deviceId, name, known);
    return `Device/${id}`;
  }

  /** @returns its id there; null where it could not be made or changed */
  private async make(deviceId: DeviceId, facts: OutDeviceFacts, known: string | null): Promise<string | null> {
    const { sink, signal } = this.parts;
    const resource = deviceResource(deviceId, facts);
    const [made] = known === null ? await sink.send([{ identity: deviceId, resource }], signal) : [];
    const id = known ?? (made !== undefined && 'serverId' in made ? made.serverId : null);
    if (id === null || made?.is === 'stored') return id;
    // It is there from before, perhaps as something else was known of it.
    const changed = await sink.put({ ...resource, id }, null, signal);
    return changed.is === 'stored' ? id : null;
  }

  private async tellMetrics(deviceId: DeviceId, name: ObservedName, told: Told): Promise<void> {
    if (told.metrics.has(name)) return;
    const metrics = name === 'cuffPressure' ? CUFF_METRICS : [name];
    const out = metrics.flatMap((metric): OutResource[] => {
      const resource = deviceMetricResource(deviceId, metric, `Device/${told.id}`);
      return resource === null ? [] : [{ identity: deviceMetricIdentity(deviceId, metric), resource }];
    });
    const outcomes = await this.parts.sink.send(out, this.parts.signal);
    if (outcomes.every(({ is }) => is !== 'later')) told.metrics.add(name);
  }

  private async look(): Promise<void> {
    const { clock, fleet } = this.parts;
    const wallMs = clock.wallMs();
    if (this.lookedWallMs !== null && wallElapsedMs(this.lookedWallMs, wallMs) < LOOK_EVERY_MS) return;
    this.lookedWallMs = wallMs;
    const facts = new Map<string, OutDeviceFacts>();
    let cursor: string | undefined;
    for (let page = 0; page < PAGES_MAX; page++) {
      const { items, next } = await fleet.devices({ limit: PAGE, cursor, nowMs: clock.nowMs(), rate: clock.rate });
      for (const device of items) facts.set(device.deviceId, factsOf(device));
      if (next === null) break;
      cursor = next;
    }
    this.facts = facts;
  }
}

/** What the registry knows counts before what a device says of itself; which firmware runs on it, the device alone says. */
function factsOf({ record, state }: Pick<FleetDevice, 'record' | 'state'>): OutDeviceFacts {
  const said = state?.said;
  const known = {
    manufacturer: record?.manufacturer ?? said?.manufacturer,
    model: record?.model ?? said?.model,
    firmware: said?.firmware,
    serial: record?.serial ?? said?.serial,
    udi: record?.udi ?? said?.udi,
  };
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
}
