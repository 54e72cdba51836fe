import type { DeviceId } from '@vigil/contracts';
import { type Arrival, BootNumbering, type Missing, type SavedNumbering } from './boot-numbering.js';

/**
 * How long a missing number is waited for, in wall time, from when it was seen missing and from when the device last sent
 * something older than its newest (after an outage devices send the newest first and then what they kept).
 */
export const GRACE_MS = 60_000;
/** Boots of a device that are followed: the one that runs, and those it still has messages of. */
const BOOTS_MAX = 4;

/** A range that will be declared now. */
export interface DueGap {
  readonly deviceId: DeviceId;
  readonly bootId: string;
  readonly missing: Missing;
}

interface Numbered {
  boots: BootNumbering[];
  /** Numbers of messages that are on their way to the disk: nobody can say yet whether they will be missing. */
  readonly inFlight: Set<number>;
}

/**
 * Follows the numbering of every device, so that what never arrived becomes a gap instead of nothing (FR-D13).
 *
 * One numbering for all topics of a device and boot. A message whose content was refused has arrived too. Every range that is
 * declared was missing at that time and for a minute before; what comes after all is told by `gapFilled`. Bounded: four boots
 * a device and 128 ranges a boot, devices by the registry.
 */
export class Numbering {
  private readonly devices = new Map<string, Numbered>();
  private unsureBeforeMs = Number.NEGATIVE_INFINITY;

  /** An earlier process stored messages that are not known here: nothing is declared on their account. In event time. */
  unsureBefore(atMs: number): void {
    this.unsureBeforeMs = atMs;
  }

  /** A message is on its way to the disk. To be followed by `arrived` or `lost`. */
  begin(deviceId: DeviceId, seq: number): void {
    this.of(deviceId).inFlight.add(seq);
  }

  /** It was not stored. */
  lost(deviceId: DeviceId, seq: number): void {
    this.of(deviceId).inFlight.delete(seq);
  }

  /** It is stored. */
  arrived(deviceId: DeviceId, bootId: string, arrival: Arrival): void {
    this.of(deviceId).inFlight.delete(arrival.seq);
    this.record(deviceId, bootId, arrival);
  }

  /** The same for what an earlier process stored. */
  record(deviceId: DeviceId, bootId: string, arrival: Arrival): void {
    const numbered = this.of(deviceId);
    let boot = numbered.boots[0];
    if (boot?.bootId !== bootId) {
      boot = numbered.boots.find((b) => b.bootId === bootId) ?? new BootNumbering(bootId, this.unsureBeforeMs);
      const others = numbered.boots.filter((b) => b !== boot);
      // The one that has nothing left to tell goes first, else the one of which nothing came for longest.
      if (others.length >= BOOTS_MAX) {
        const place = others.findLastIndex((b) => b.missing.length === 0);
        others.splice(place < 0 ? others.length - 1 : place, 1);
      }
      numbered.boots = [boot, ...others];
    }
    boot.arrived(arrival);
  }

  /** The declared gap that a message would fill, or null. */
  gapAt(deviceId: DeviceId, bootId: string, seq: number): string | null {
    const boots = this.devices.get(deviceId)?.boots;
    return boots?.find((b) => b.bootId === bootId)?.gapAt(seq) ?? null;
  }

  /** What is final now. Each is to be declared, or offered again with the next call. */
  due(wallMs: number): DueGap[] {
    const due: DueGap[] = [];
    for (const [deviceId, { boots, inFlight }] of this.devices) {
      for (const boot of boots) {
        for (const missing of boot.due(wallMs, GRACE_MS, inFlight))
          due.push({ deviceId: deviceId as DeviceId, bootId: boot.bootId, missing });
      }
    }
    return due;
  }

  /** `gapId`: the event is on its way; null: it could not be stored, so the range is undeclared again. */
  declare({ deviceId, bootId, missing }: DueGap, gapId: string | null): void {
    this.devices
      .get(deviceId)
      ?.boots.find((b) => b.bootId === bootId)
      ?.declare(missing, gapId);
  }

  /** Messages that are missing and not declared. */
  waiting(deviceId: string): number {
    const boots = this.devices.get(deviceId)?.boots ?? [];
    return boots.flatMap((b) => b.missing).reduce((sum, m) => (m.gapId === null ? sum + m.toSeq - m.fromSeq + 1 : sum), 0);
  }

  /** Boots whose numbering makes no sense: nothing of them is ever declared. */
  unfollowed(deviceId: string): number {
    return (this.devices.get(deviceId)?.boots ?? []).filter((b) => !b.followed).length;
  }

  save(deviceId: string): SavedNumbering[] {
    return (this.devices.get(deviceId)?.boots ?? []).flatMap((b) => b.save() ?? []);
  }

  /** @param isExact nothing was stored after `saved` was written; else `unsureBefore` is to be said first */
  restore(deviceId: string, saved: readonly SavedNumbering[], isExact: boolean, wallMs: number): void {
    const unsureBeforeMs = isExact ? null : this.unsureBeforeMs;
    this.of(deviceId).boots = saved.slice(0, BOOTS_MAX).map((s) => BootNumbering.from(s, unsureBeforeMs, wallMs));
  }

  private of(deviceId: string): Numbered {
    let numbered = this.devices.get(deviceId);
    if (numbered === undefined) this.devices.set(deviceId, (numbered = { boots: [], inFlight: new Set() }));
    return numbered;
  }
}
