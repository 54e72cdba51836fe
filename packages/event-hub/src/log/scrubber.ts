import { join } from 'node:path';
import type { Cancel, Clock } from '@vigil/clock';
import { writeFileAtomically } from '../atomic-file.js';
import { checkSegment } from './check-segment.js';
import { readWhole } from './disk.js';
import type { SegmentIndex } from './index-table.js';
import { LogError } from './log-error.js';
import type { LogPlace } from './log-walk.js';

export interface ScrubberOptions {
  readonly place: LogPlace;
  readonly clock: Clock;
  /** Sealed segments that have an `.idx` file, oldest first. */
  readonly segments: () => readonly SegmentIndex[];
  /** Wall time in which all of the log is read once. */
  readonly passMs: number;
  readonly onDamage: (number: number, why: string) => void;
  /** The whole segment was read and is as it was written. */
  readonly onClean: (number: number) => void;
  readonly onRead?: (bytes: number) => void;
}

/** No more than some 16 MiB in a second, however large the log is, and something every hour, however small. */
const PAUSE_MS_MIN = 60;
const PAUSE_MS_MAX = 3_600_000;

/**
 * Reads every sealed segment again and again, one block at a time with a pause between, so that damage is found while
 * there are backups and before somebody needs the events. Where it is in its pass outlives a restart.
 */
export class Scrubber {
  private cancel: Cancel | null = null;
  private current: { readonly segment: SegmentIndex; readonly blocks: AsyncGenerator<number, void> } | null = null;
  private stepping: Promise<void> | null = null;
  private isStopped = false;
  /** The last segment that was read whole; null before it is known. */
  private done: number | null = null;

  constructor(private readonly options: ScrubberOptions) {}

  start(): void {
    this.schedule(0);
  }

  /** Ends after the block that is under way. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.cancel?.();
    await this.stepping;
    await this.current?.blocks.return();
  }

  private schedule(bytes: number): void {
    if (this.isStopped) return;
    const all = this.options.segments().reduce((sum, segment) => sum + segment.end, 0);
    const shareMs = all === 0 ? PAUSE_MS_MAX : (this.options.passMs * bytes) / all;
    const pauseMs = Math.min(PAUSE_MS_MAX, Math.max(PAUSE_MS_MIN, shareMs));
    this.cancel = this.options.clock.after(pauseMs, () => {
      this.stepping = this.step().then((read) => {
        this.stepping = null;
        this.schedule(read ?? this.options.segments().at(-1)?.end ?? 1);
      });
    });
  }

  /** Reads one block; null when there is no segment to read. */
  private async step(): Promise<number | null> {
    const current = (this.current ??= await this.begin());
    if (current === null) return null;
    const { segment, blocks } = current;
    try {
      const { value, done } = await blocks.next();
      if (done !== true) {
        this.options.onRead?.(value);
        return value;
      }
      this.options.onClean(segment.number);
    } catch (error) {
      // Retention may have removed it meanwhile; whoever is told knows which segments there are.
      this.options.onDamage(segment.number, error instanceof LogError ? error.message : `it can't be read: ${codeOf(error)}`);
    }
    await this.finish(segment.number);
    return 1;
  }

  private async begin(): Promise<Scrubber['current']> {
    this.done ??= await this.readDone();
    const segments = this.options.segments();
    const segment = segments.find(({ number }) => number > this.done!) ?? segments[0];
    return segment === undefined ? null : { segment, blocks: checkSegment(this.options.place, segment) };
  }

  private async finish(number: number): Promise<void> {
    this.current = null;
    this.done = number;
    const { disk } = this.options.place;
    // Without it the pass only begins anew after a restart.
    await writeFileAtomically(this.path, `${JSON.stringify({ done: number })}\n`, disk).catch(() => undefined);
  }

  private async readDone(): Promise<number> {
    try {
      const text = await readWhole(this.options.place.disk, this.path);
      const { done } = JSON.parse(text?.toString() ?? '{}') as { done?: unknown };
      return typeof done === 'number' ? done : -1;
    } catch {
      return -1;
    }
  }

  private get path(): string {
    return join(this.options.place.folder, 'scrub.json');
  }
}

const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException).code ?? 'unexpected');
