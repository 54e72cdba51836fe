import { FakeClock } from '@vigil/clock';
import {
  BedId,
  DeviceId,
  EncounterId,
  LogEvent,
  type LogEvent as Event,
  type MetricName,
  PatientId,
  type Quality,
} from '@vigil/contracts';
import type { DeviceSpan, OutMode } from '@vigil/domain';
import { Registry } from 'prom-client';
import { MemoryEhrOut } from '../../src/adapters/memory/memory-ehr-out.js';
import { MemoryEventLog } from '../../src/adapters/memory/memory-event-log.js';
import { EhrOutMetrics } from '../../src/ehr-out/ehr-out-metrics.js';
import { type EhrOutParts, EhrOutWork } from '../../src/ehr-out/ehr-out-work.js';
import type { AuditEntry } from '../../src/ports/audit-trail.js';
import type { StayInBed } from '../../src/ports/care-relations.js';
import type { Corrected } from '../../src/ports/corrections.js';
import { type EhrLink, EhrLinks } from '../../src/ports/ehr-links.js';
import type { KeptScore } from '../../src/ports/scores.js';
import type { NewTask } from '../../src/ports/tasks.js';
import type { PartitionReader } from '../../src/ports/event-log.js';
import { FakeEhr } from './fake-ehr.js';

/** 2026-11-20 10:00:00 UTC, the begin of a minute. */
export const START_MS = Date.UTC(2026, 10, 20, 10);
export const MINUTE_MS = 60_000;

export const HOUR_MINUTES = 60;
export const HOUR_OBSERVATIONS = 1_000;
const EVERY: Partial<Record<MetricName, number>> = {
  ...{ heartRate: 72.4, pulseRate: 72, spo2: 97, respirationRate: 14, temperature: 36.6, etco2: 38 },
  ...{ arterialSystolic: 121, arterialDiastolic: 70 },
};
const CUFF: Partial<Record<MetricName, number>> = { nibpSystolic: 120, nibpDiastolic: 80, nibpMean: 93 };

/** Links in memory: patients `ann` and `bob`, stays of theirs; whatever a test adds. */
class WardLinks extends EhrLinks {
  readonly links: EhrLink[] = [];
  private readonly cursors = new Map<string, string>();

  add(kind: EhrLink['kind'], localId: string): void {
    const resourceType = { patient: 'Patient', encounter: 'Encounter', device: 'Device' }[kind as 'patient'];
    this.links.push({ kind, localId, resourceType, serverId: localId, version: null });
  }
  override ofLocal = (kind: string, localId: string): Promise<EhrLink | null> =>
    Promise.resolve(this.links.find((link) => link.kind === kind && link.localId === localId) ?? null);
  override ofServer = (): Promise<null> => Promise.resolve(null);
  override link = (link: EhrLink): Promise<void> => Promise.resolve(void this.links.push(link));
  override openStays = (): Promise<never[]> => Promise.resolve([]);
  override unlink = (): Promise<void> => Promise.resolve();
  override cursor = (name: string): Promise<string | null> => Promise.resolve(this.cursors.get(name) ?? null);
  override setCursor = (name: string, value: string): Promise<void> => Promise.resolve(void this.cursors.set(name, value));
}

export interface WardStay extends StayInBed {
  readonly bedId: string;
}

/** A ward with one log, one server of the hospital, and everything that sends. Who lies where is plain data of the test. */
export class EhrOutWard {
  readonly clock = new FakeClock(START_MS);
  readonly ehr = new FakeEhr();
  readonly links = new WardLinks();
  readonly store = new MemoryEhrOut();
  readonly tasks: NewTask[] = [];
  readonly audited: AuditEntry[] = [];
  readonly corrected: Corrected[] = [];
  readonly scored: KeptScore[] = [];
  stays: WardStay[] = [];
  spans = new Map<DeviceId, DeviceSpan[]>();
  rev = 1;
  readonly errors: unknown[] = [];
  readonly log: MemoryEventLog;
  private seq = 0;

  constructor(
    readonly mode: OutMode = 'minute',
    partitions = 1,
  ) {
    this.log = new MemoryEventLog({ clock: this.clock, partitions, onError: (error) => void this.errors.push(error) });
    for (const name of ['ann', 'bob']) {
      this.links.add('patient', name);
      this.links.add('encounter', `enc-${name}`);
    }
    this.lies('ann', 'icu-1');
    this.stands('mon-1', 'icu-1');
  }

  /** Until further notice, or [from, to). */
  lies(patient: string, bedId: string, fromMs = 0, toMs: number | null = null): void {
    const ids = { encounterId: EncounterId.parse(`enc-${patient}`), patientId: PatientId.parse(patient) };
    this.stays.push({ bedId, ...ids, admittedMs: fromMs, dischargedMs: toMs });
  }

  stands(
    deviceId: string,
    bedId: string,
    fromMs = 0,
    toMs: number | null = null,
    channels: readonly MetricName[] | null = null,
  ): void {
    const span = { assignmentId: `${deviceId}-${fromMs}`, bedId: BedId.parse(bedId), fromMs, toMs, channels };
    const id = DeviceId.parse(deviceId);
    this.spans.set(id, [...(this.spans.get(id) ?? []), span]);
    this.rev += 1;
  }

  /** Everything that sends, new as after a start. */
  work(more: Partial<EhrOutParts> = {}): EhrOutWork {
    const { clock } = this;
    const signal = new AbortController().signal;
    return new EhrOutWork({ ...this.parts(), clock, signal, metrics: new EhrOutMetrics(new Registry()), ...more });
  }

  parts(): Omit<EhrOutParts, 'clock' | 'signal' | 'metrics'> {
    const { ehr, links, store, mode } = this;
    return {
      ...{ mode, links, store, sink: ehr, server: ehr },
      takes: (origin) => origin === 'live',
      tasks: { open: (task) => Promise.resolve(void this.tasks.push(task)) },
      assignments: {
        rev: () => Promise.resolve(this.rev),
        snapshot: () => Promise.resolve({ rev: this.rev, spans: new Map(this.spans) }),
      },
      relations: {
        careUnitOf: () => Promise.resolve(null),
        staysIn: (bedId, fromMs, toMs) =>
          Promise.resolve(
            this.stays.filter(
              (stay) =>
                stay.bedId === bedId && stay.admittedMs < toMs && (stay.dischargedMs === null || stay.dischargedMs > fromMs),
            ),
          ),
      },
      directory: {
        encounter: (encounterId) => {
          const stay = this.stays.find((each) => each.encounterId === encounterId);
          return Promise.resolve(stay === undefined ? null : ({ ...stay, bedId: stay.bedId as BedId } as never));
        },
      },
      scores: { history: () => Promise.resolve({ items: this.scored, next: null }) },
      fleet: { devices: () => Promise.resolve({ items: [], next: null }) },
      observations: { read: () => Promise.resolve([]) },
      corrections: { since: (seq) => Promise.resolve(this.corrected.filter((each) => each.seq > seq)) },
      trail: { append: (entry) => Promise.resolve(void this.audited.push(entry)) },
    };
  }

  /** From the stored positions, as the real log's owner store would have it. */
  reader(work: EhrOutWork): PartitionReader {
    const { consumer } = work;
    return {
      position: (n) => Promise.resolve(this.store.positions.get(n)?.offset ?? null),
      open: (n) => consumer.open(n),
      read: (n, batch, malformed) => consumer.read(n, batch, malformed),
      close: (n) => consumer.close(n),
    };
  }

  message(atMs: number, values: Partial<Record<MetricName, number>>, more: Readonly<Record<string, unknown>> = {}): Event {
    const {
      bedId = 'icu-1',
      deviceId = 'mon-1',
      quality = 'valid',
      origin = 'live',
      ...rest
    } = more as {
      bedId?: string;
      deviceId?: string;
      quality?: Quality;
      origin?: string;
    };
    const seq = ++this.seq;
    return LogEvent.parse({
      ...{ v: 1, id: `${deviceId}/b/${seq}`, key: `bed:${bedId}`, origin, atMs, kind: 'deviceMessage', bedId, deviceId },
      ...{ gatewayId: 'gw-1', bootId: 'b', seq, deviceAtMs: atMs, gatewayAtMs: atMs, ...rest },
      readings: Object.entries(values).map(([metric, value]) => ({ metric, value, unit: '1', quality })),
    });
  }

  /** Lets timers fire and the readers read until nothing moves. */
  async pass(wallMs: number): Promise<void> {
    await this.clock.advance(wallMs);
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Two beds for an hour: eight metrics twice in each minute, a cuff every third. `HOUR_OBSERVATIONS` in mode `minute`. */
export function hourOf(ward: EhrOutWard): Event[] {
  return Array.from({ length: HOUR_MINUTES }, (_, minute) =>
    [{}, { deviceId: 'mon-2', bedId: 'icu-2' }].flatMap((more) => {
      const atMs = START_MS + minute * MINUTE_MS;
      const cuff = minute % 3 === 0 ? [ward.message(atMs + 20_000, CUFF, more)] : [];
      return [ward.message(atMs + 1_000, EVERY, more), ward.message(atMs + 31_000, EVERY, more), ...cuff];
    }),
  ).flat();
}
