import type { Cancel, Clock } from '@vigil/clock';
import type { KeyPort } from './key-port.js';
import { SealError } from './seal-error.js';

/** A log of sealed segments, as far as the rotation of its keys goes. Segments go by a number. */
export interface SealedSegments {
  /**
   * The key-encryption key that each segment depends on now, the active one included; null where what lies beside the
   * segment is damaged and has to be written again.
   */
  keyIds(): ReadonlyMap<number, string | null>;
  /** The segment that is written to. Null when there is none. */
  active(): number | null;
  /** Asks for a fresh segment under the current key. Returns at once; asking again is harmless. */
  roll(): void;
  /**
   * Wraps one segment's data key with the current key, also that of the active one; durable when it resolves. A segment
   * that is gone is no error.
   */
  rewrap(segment: number): Promise<void>;
}

export interface KeyState {
  /** Segments that an older key is still needed for. */
  readonly toRewrap: number;
  /** Why the keys could not be looked at last time; null while they can. */
  readonly fault: string | null;
}

export interface KeyWatchOptions {
  readonly keys: KeyPort;
  readonly clock: Clock;
  readonly segments: readonly SealedSegments[];
  readonly log: { info(fields: object, msg: string): void; warn(fields: object, msg: string): void };
  /** Called whenever the state may have changed; for metrics and readiness. */
  readonly onState: (state: KeyState) => void;
  /** How often the keys are looked at; 5 s of wall time by default. */
  readonly everyMs?: number;
}

const EVERY_MS = 5_000;
/** Between two segments, so that the disk is mostly free for what is acknowledged. */
const PAUSE_MS = 25;
const WARN_EVERY_MS = 60_000;

/**
 * Keeps sealed segments under the current key-encryption key while the process runs.
 *
 * It looks at the keys every few seconds. When another key has become the current one, the data key of every segment is
 * wrapped anew, one at a time with a pause between, apart from the path of what is appended; then the active segment is
 * rolled. Not before: keys that do not open what is there are another installation's, and nothing should begin under them. A start goes on where the last process was stopped. When `toRewrap` is 0 nothing needs an older key.
 *
 * Keys that can't be looked at stop nothing: the process goes on with those it has, and says so once a minute.
 */
export class KeyWatch {
  private state: KeyState = { toRewrap: 0, fault: null };
  private cancel: Cancel | null = null;
  private stopping = new AbortController();
  private looking: Promise<void> | null = null;
  private isRewrapping = false;
  /** Logs that are to be rolled, and the segment that was active when that was found. */
  private readonly rolling = new Map<SealedSegments, number>();
  private readonly warnedMs = new Map<'keys' | 'rewrap', number>();

  constructor(private readonly options: KeyWatchOptions) {}

  start(): void {
    const { clock, everyMs = EVERY_MS } = this.options;
    this.cancel = clock.every(everyMs, () => void this.look());
    void this.look();
  }

  /** Ends after the segment that is under way. */
  async stop(): Promise<void> {
    this.cancel?.();
    this.stopping.abort(new Error('stopping'));
    await this.looking;
  }

  /** Looks at the keys now and does what they ask for; one look at a time. */
  look(): Promise<void> {
    this.looking ??= this.lookNow().finally(() => (this.looking = null));
    return this.looking;
  }

  private async lookNow(): Promise<void> {
    const { keys } = this.options;
    let fault: string | null = null;
    try {
      await keys.refresh();
      if (this.state.fault !== null) this.options.log.info({}, 'the keys can be read again');
    } catch (error) {
      fault = codeOf(error);
      this.warn('keys', { code: fault }, `the keys can't be read; going on with those in memory: ${adviceOf(error)}`);
    }
    this.tell(fault);
    if (this.state.toRewrap > 0) await this.rewrapAll();
    else for (const log of this.rolling.keys()) this.roll(log);
  }

  private async rewrapAll(): Promise<void> {
    const { segments, log, keys, clock } = this.options;
    if (!this.isRewrapping) {
      this.isRewrapping = true;
      log.info({ key: keys.currentKeyId, segments: this.state.toRewrap }, 'another key is current; wrapping data keys anew');
    }
    const failed = new Map<string, number>();
    let advice = '';
    for (const log of segments) {
      const active = log.active();
      if (active !== null && this.isOld(log, active)) this.rolling.set(log, active);
      let isOpen = true;
      for (const segment of [...log.keyIds().keys()]) {
        if (!this.isOld(log, segment)) continue;
        if (this.stopping.signal.aborted) return;
        try {
          await log.rewrap(segment);
        } catch (error) {
          failed.set(codeOf(error), (failed.get(codeOf(error)) ?? 0) + 1);
          advice = adviceOf(error);
          isOpen &&= codeOf(error) !== 'key-unknown';
        }
        this.tell(this.state.fault);
        await clock.sleep(PAUSE_MS, this.stopping.signal).catch(() => undefined);
      }
      if (isOpen) this.roll(log);
    }
    this.tell(this.state.fault);
    if (failed.size > 0) {
      this.warn(
        'rewrap',
        { failed: Object.fromEntries(failed) },
        `some data keys can't be wrapped anew yet; keep the older keys: ${advice}`,
      );
    } else if (this.state.toRewrap === 0) {
      this.isRewrapping = false;
      log.info({ key: keys.currentKeyId }, 'every data key is under the current key; older keys are no longer needed here');
    }
  }

  /** Asks until the segment that was active at the rotation no longer is: the disk may have had no room for the next. */
  private roll(log: SealedSegments): void {
    const from = this.rolling.get(log);
    if (from === undefined) return;
    if (from === log.active()) log.roll();
    else this.rolling.delete(log);
  }

  private isOld(log: SealedSegments, segment: number): boolean {
    return log.keyIds().get(segment) !== this.options.keys.currentKeyId;
  }

  private tell(fault: string | null): void {
    const { segments, keys, onState } = this.options;
    let toRewrap = 0;
    for (const log of segments) for (const id of log.keyIds().values()) if (id !== keys.currentKeyId) toRewrap++;
    this.state = { toRewrap, fault };
    onState(this.state);
  }

  private warn(about: 'keys' | 'rewrap', fields: object, msg: string): void {
    const nowMs = this.options.clock.wallMs();
    if (nowMs - (this.warnedMs.get(about) ?? -Infinity) < WARN_EVERY_MS) return;
    this.warnedMs.set(about, nowMs);
    this.options.log.warn(fields, msg);
  }
}

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : 'unexpected';
}

/** Our own messages carry advice and no secret; those of a driver can quote anything. */
function adviceOf(error: unknown): string {
  return error instanceof SealError ? error.message : 'see the code';
}
