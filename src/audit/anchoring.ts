import type { Cancel } from '@vigil/clock';
import { PlatformError } from '@vigil/domain';
import type { AppClock } from '../ports/app-clock.js';
import type { AnchorNote, AuditAnchor } from '../ports/audit-anchor.js';

/** Wall time after which a note at an anchor is too old to count. Source: CK-S31, found by an anchor at most 5 min old. */
export const ANCHOR_STALE_MS = 5 * 60_000;
/** Anchors that have to be fresh: whoever can write to one of them can't write to the other. */
export const ANCHORS_NEEDED = 2;
export const ANCHORS_LOOK_EVERY_MS = 5_000;
const RETRY_FIRST_MS = 5_000;
const RETRY_MAX_MS = 5 * 60_000;
/** Notes that must not be skipped and wait at most: announcements of keys, a few a year. */
const KEPT_MAX = 50;

export interface AnchoringReport {
  /** Told at each look. @param ageMs wall time since the anchor took a note; null before the first */
  anchor(name: string, ageMs: number | null, waiting: number): void;
  failed(name: string, reason: 'away' | 'refused' | 'dropped'): void;
  /** Told at each look: enough anchors are fresh, or what is missing. */
  state(problem: string | null): void;
}

export interface AnchoringOptions {
  readonly anchors: readonly AuditAnchor[];
  readonly clock: AppClock;
  readonly report: AnchoringReport;
}

interface Line {
  readonly anchor: AuditAnchor;
  /** Oldest first: what must not be skipped, then the newest. */
  waiting: AnchorNote[];
  takenMs: number | null;
  /** Which stretch of `everyMs` the last note belongs to. */
  stretch: number | null;
  nextTryMs: number;
  retryMs: number;
  isRefused: boolean;
  work: Promise<void> | null;
}

/**
 * Brings each checkpoint to every anchor, each at its own pace: one that is slow or away holds up none of the others.
 *
 * A newer note says all that an older one does, so only the newest waits; notes that announce a signing key also wait,
 * because whoever missed one no longer knows the keys that follow.
 */
export class Anchoring {
  private readonly lines: readonly Line[];
  private cancel: Cancel | null = null;
  private readonly startedMs: number;

  constructor(private readonly options: AnchoringOptions) {
    this.startedMs = options.clock.wallMs();
    this.lines = options.anchors.map((anchor) => ({
      anchor,
      waiting: [],
      takenMs: null,
      stretch: null,
      nextTryMs: 0,
      retryMs: RETRY_FIRST_MS,
      isRefused: false,
      work: null,
    }));
  }

  start(): void {
    this.cancel = this.options.clock.every(ANCHORS_LOOK_EVERY_MS, () => this.look());
  }

  /** Waits for what is on its way, without trying anything again. */
  async stop(): Promise<void> {
    this.cancel?.();
    await this.settled();
    await Promise.all(this.lines.map(({ anchor }) => anchor.close()));
  }

  /** Resolves when nothing is on its way. */
  async settled(): Promise<void> {
    await Promise.all(this.lines.flatMap(({ work }) => (work === null ? [] : [work])));
  }

  /** Takes a note for every anchor. Never throws and never waits. */
  readonly publish = (note: string, proofFrom: AnchorNote['proofFrom']): void => {
    const wallMs = this.options.clock.wallMs();
    for (const line of this.lines) {
      if (isDue(line, note, wallMs)) this.add(line, { note, proofFrom });
      this.send(line, wallMs);
    }
  };

  private look(): void {
    const wallMs = this.options.clock.wallMs();
    for (const line of this.lines) {
      this.send(line, wallMs);
      this.options.report.anchor(line.anchor.name, line.takenMs === null ? null : wallMs - line.takenMs, line.waiting.length);
    }
    this.options.report.state(this.problem(wallMs));
  }

  private add(line: Line, note: AnchorNote): void {
    line.waiting = [...line.waiting.filter(mustStay), note];
    if (line.waiting.length <= KEPT_MAX) return;
    line.waiting.shift();
    this.options.report.failed(line.anchor.name, 'dropped');
  }

  private send(line: Line, wallMs: number): void {
    if (line.work !== null || line.waiting.length === 0 || wallMs < line.nextTryMs) return;
    line.work = this.sendAll(line).finally(() => {
      line.work = null;
    });
  }

  private async sendAll(line: Line): Promise<void> {
    for (let note = line.waiting[0]; note !== undefined; note = line.waiting[0]) {
      const sent = note;
      try {
        await line.anchor.publish(sent);
      } catch (error) {
        const isRefused = error instanceof PlatformError && error.code === 'anchor-refused';
        this.options.report.failed(line.anchor.name, isRefused ? 'refused' : 'away');
        line.isRefused = isRefused;
        line.nextTryMs = this.options.clock.wallMs() + line.retryMs;
        line.retryMs = Math.min(RETRY_MAX_MS, line.retryMs * 2);
        return;
      }
      line.waiting = line.waiting.filter((other) => other !== sent);
      line.takenMs = this.options.clock.wallMs();
      line.retryMs = RETRY_FIRST_MS;
      line.isRefused = false;
    }
  }

  private problem(wallMs: number): string | null {
    const refused = this.lines.filter((line) => line.isRefused).map(({ anchor }) => anchor.name);
    if (refused.length > 0) return `${refused.join(', ')} has seen another audit log than this one`;
    const fresh = this.lines.filter(
      ({ anchor, takenMs }) => anchor.everyMs <= ANCHOR_STALE_MS && wallMs - (takenMs ?? this.startedMs) <= ANCHOR_STALE_MS,
    );
    if (fresh.length >= ANCHORS_NEEDED) return null;
    return `${fresh.length} of ${ANCHORS_NEEDED} anchors have taken a checkpoint within ${ANCHOR_STALE_MS / 60_000} min`;
  }
}

/** An anchor that takes one note an hour gets the first of each hour, and the first after a start. */
function isDue(line: Line, note: string, wallMs: number): boolean {
  const { everyMs } = line.anchor;
  if (everyMs === 0 || note.includes('\nnext-key ')) return true;
  const stretch = Math.floor(wallMs / everyMs);
  if (stretch === line.stretch) return false;
  line.stretch = stretch;
  return true;
}

function mustStay({ note }: AnchorNote): boolean {
  return note.includes('\nnext-key ');
}
