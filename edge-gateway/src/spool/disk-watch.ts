import type { Cancel } from '@vigil/clock';
import type { GatewayFaultCode } from '@vigil/contracts';
import { LOW_BYTES, SEGMENT_BYTES, type SpoolOptions } from './spool-options.js';

const LOOK_EVERY_MS = 5_000;
/** What was found once stands this long; its gaps stay in the history. */
const FOUND_STANDS_MS = 15 * 60_000;

/** Says what is wrong with the spool's disk and content, as faults of the gateway, and how much room is left. */
export class DiskWatch {
  private cancel: Cancel | null = null;
  private readonly standing = new Map<GatewayFaultCode, Cancel>();

  constructor(private readonly options: SpoolOptions) {}

  start(): void {
    void this.look();
    this.cancel = this.options.clock.every(LOOK_EVERY_MS, () => void this.look());
  }

  stop(): void {
    this.cancel?.();
    for (const cancel of this.standing.values()) cancel();
  }

  withheld(active: boolean): void {
    this.options.faults?.gateway('spoolWithheld', active);
  }

  /** Something that is found once and not looked for again: it ends by itself after a quarter of an hour. */
  found(fault: 'spoolDamaged' | 'spoolRolledBack'): void {
    const { faults, clock } = this.options;
    faults?.gateway(fault, true);
    this.standing.get(fault)?.();
    this.standing.set(
      fault,
      clock.after(FOUND_STANDS_MS, () => faults?.gateway(fault, false)),
    );
  }

  gauge(now: {
    readonly bytes: number;
    readonly withheld: boolean;
    readonly count: number;
    readonly oldestWallMs: number | null;
  }): void {
    const { metrics, clock } = this.options;
    metrics.spoolBytes.set(now.bytes);
    metrics.spoolPending.set(now.count);
    const ageMs = now.oldestWallMs === null ? 0 : Math.max(0, clock.wallMs() - now.oldestWallMs);
    metrics.spoolOldestSeconds.set(ageMs / 1_000);
    metrics.spoolWithheld.set(now.withheld ? 1 : 0);
  }

  private async look(): Promise<void> {
    const { disk, metrics, faults, segmentBytes = SEGMENT_BYTES } = this.options;
    const { lowBytes = Math.max(LOW_BYTES, 2 * segmentBytes) } = this.options;
    const free = await disk.freeBytes();
    if (free === null) return;
    metrics.spoolFreeBytes.set(free);
    faults?.gateway('diskLow', free < lowBytes);
  }
}
