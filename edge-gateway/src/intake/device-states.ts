import { DeviceFacts, type DeviceFacts as Facts, MetricName, Origin } from '@vigil/contracts';
import { z } from 'zod';
import { BootHabits } from './boot-habits.js';
import { LastingFault } from './lasting-fault.js';
import type { Numbering } from './numbering.js';
import { NO_SKEW, shifted, type SkewState } from './skew.js';
import type { StatesFile } from './states-file.js';

const count = z.number().int().nonnegative();
const edge = z.object({ seq: count, atMs: z.number(), deviceAtMs: z.number() });
const SavedBoot = z.object({
  bootId: z.string().max(64),
  low: edge,
  high: edge,
  missing: z
    .array(
      z.object({
        ...{ fromSeq: count, toSeq: count, fromMs: z.number(), toMs: z.number(), sinceWallMs: z.number() },
        gapId: z.string().max(160).nullable(),
      }),
    )
    .max(2_048),
});

/** What a file of an older version lacks has the value of a device that nothing is known of. */
const SavedDevice = z.object({
  origin: Origin,
  skew: z.object({
    previousMs: z.number().nullable(),
    currentMs: z.number().nullable(),
    openedWallMs: z.number(),
    messages: z.number(),
    candidateMs: z.number().nullable(),
    agreeing: z.number(),
    sinceWallMs: z.number().default(0),
    bootId: z.string().max(64).nullable().default(null),
    seq: z.number().default(-1),
    deviceAtMs: z.number().default(0),
    isNewBoot: z.boolean().default(true),
    isCorrected: z.boolean().default(false),
  }),
  said: DeviceFacts.default({}),
  lastSeenMs: z.number().nullable().default(null),
  boots: z.array(SavedBoot).max(4).default([]),
  units: z
    .array(z.object({ bootId: z.string().max(64), units: z.array(z.tuple([MetricName, z.string().max(16)])) }))
    .max(4)
    .default([]),
});

const Saved = z.object({
  v: z.literal(1),
  /** Index behind the last record of the spool when this was written. */
  spoolIndex: count.nullable().default(null),
  devices: z.record(z.string(), SavedDevice),
});

/** A device that nothing was heard of for so long is forgotten, in event time. */
const FORGET_MS = 30 * 86_400_000;

/** What the gateway knows of one device. */
export class DeviceState {
  skew: SkewState = NO_SKEW;
  /** Of its last message; a bed that falls silent keeps it, so that a demo never pages as if it were live. */
  origin: Origin = 'live';
  /** What it said of itself last. */
  said: Facts = {};
  /** Gateway time of its last message. */
  lastSeenMs: number | null = null;
  // From here on in memory only.
  /** Since the start of the gateway. */
  accepted = 0;
  rejected = 0;
  duplicates = 0;
  sessions = 0;
  /** Sessions that began since the start of the gateway. */
  connects = 0;
  saysOffline = false;
  readonly clockSuspect = new LastingFault();
  readonly unitChanged = new LastingFault();
  readonly habits = new BootHabits();
  /** Something that people see of it is new since it was told. */
  isNews = true;
  toldWallMs = Number.NEGATIVE_INFINITY;

  /** How often it connected again since the start of the gateway. */
  get reconnects(): number {
    return Math.max(0, this.connects - 1);
  }

  get connected(): boolean {
    return this.sessions > 0 && !this.saysOffline;
  }
}

/**
 * What the gateway has learnt of each device. Bounded by the registry: only devices that were let in are known here.
 *
 * Kept in memory, saved now and then. Losing the file costs only what is learnt again: the estimate of a clock, and the
 * numbering, which then begins anew.
 */
export class DeviceStates {
  private readonly states = new Map<string, DeviceState>();

  of(deviceId: string): DeviceState {
    let state = this.states.get(deviceId);
    if (state === undefined) this.states.set(deviceId, (state = new DeviceState()));
    return state;
  }

  /** The origin last seen from a device, or null for one that never spoke. */
  originOf(deviceId: string): Origin | null {
    return this.states.get(deviceId)?.origin ?? null;
  }

  /** The gateway's clock was set forward by so much: every device is now so much further behind it. */
  shiftClocks(stepMs: number): void {
    for (const state of this.states.values()) state.skew = shifted(state.skew, stepMs);
  }

  entries(): IterableIterator<[deviceId: string, state: DeviceState]> {
    return this.states.entries();
  }

  get size(): number {
    return this.states.size;
  }

  /**
   * @param numbering is restored too: exactly when the spool holds nothing that is newer than the file, carefully otherwise
   * @param at index behind the last record of the spool now, wall time and event time
   */
  async load(
    file: Pick<StatesFile, 'load'>,
    numbering?: Numbering,
    at?: { readonly spoolIndex: number; readonly wallMs: number; readonly nowMs: number },
  ): Promise<void> {
    const { data: saved } = Saved.safeParse(await file.load());
    const isExact = at !== undefined && (saved?.spoolIndex ?? 0) === at.spoolIndex;
    if (at !== undefined && !isExact) numbering?.unsureBefore(at.nowMs);
    // None yet. A torn or foreign file is the same as none.
    if (saved === undefined) return;
    for (const [deviceId, { boots, units, skew, origin, said, lastSeenMs }] of Object.entries(saved.devices)) {
      Object.assign(this.of(deviceId), { skew, origin, said: said as Facts, lastSeenMs });
      this.of(deviceId).habits.restore(units);
      if (numbering === undefined || at === undefined) continue;
      numbering.restore(deviceId, boots, isExact, at.wallMs);
    }
  }

  /** Everything is taken in one turn, so that the numbering and `spoolIndex` belong together. */
  async save(
    file: Pick<StatesFile, 'save'>,
    numbering?: Numbering,
    at?: { readonly spoolIndex: number; readonly nowMs: number },
  ): Promise<void> {
    const devices = [...this.states].flatMap(([deviceId, { origin, skew, said, lastSeenMs, habits }]) => {
      if (at !== undefined && lastSeenMs !== null && at.nowMs - lastSeenMs > FORGET_MS) return [];
      const [boots, units] = [numbering?.save(deviceId) ?? [], habits.save()];
      return [[deviceId, { origin, skew, said, lastSeenMs, boots, units }] as const];
    });
    const saved = { v: 1, spoolIndex: at?.spoolIndex ?? null, devices: Object.fromEntries(devices) };
    await file.save(saved);
  }
}
