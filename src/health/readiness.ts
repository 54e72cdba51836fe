import { type AppClock } from '../ports/app-clock.js';

/** One part of the process as the health check sees it. The part reports; silence counts as failure. */
export interface ReadinessPart {
  /** It works now: a batch done, a probe answered. */
  ok(): void;
  /** It does not; `reason` is a code or a few words, never data. */
  failed(reason: string): void;
}

interface PartState {
  readonly staleMs: number;
  readonly processing: boolean;
  readonly degradesOnly: boolean;
  okWallMs: number | null;
  failure: string | null;
  /** Since when it is as it is, as far as it said so itself: works, or does not. */
  sinceWallMs: number;
}

/** A part and since when it is so. Wall time. */
export interface PartSince {
  readonly name: string;
  readonly ready: boolean;
  readonly vital: boolean;
  readonly reason: string;
  readonly sinceMs: number;
}

export interface ReadinessReport {
  readonly ready: boolean;
  /** `vital`: without it patients may not be watched, or nobody may see it; the others only degrade. */
  readonly parts: readonly { readonly name: string; readonly ready: boolean; readonly vital: boolean; readonly reason: string }[];
}

/** A part of another process that does not work and without which patients are watched. */
export interface PartElsewhere {
  readonly name: string;
  readonly reason: string;
}

/** What other processes of the site say of finding alarms; null: nobody else does. */
export type EngineElsewhere = () => { readonly processing: boolean; readonly newestHubMs: number | null } | null;

/**
 * Whether this process does its work. Each part says so itself, again and again; a part that was expected and has not
 * reported within its `staleMs` (wall time) makes the process not ready. With no part expected it is never ready.
 */
export class Readiness {
  private readonly parts = new Map<string, PartState>();
  private newestHubMs: number | null = null;

  /** @param elsewhere and `partsElsewhere` left out: this process is the only one */
  constructor(
    private readonly clock: AppClock,
    private readonly elsewhere: EngineElsewhere = () => null,
    private readonly partsElsewhere: () => readonly PartElsewhere[] = () => [],
  ) {}

  /**
   * @param options.processing the part finds alarms: screens are told when it has stopped
   * @param options.degradesOnly patients are watched without it: it is named, and the process stays ready
   */
  expect(
    name: string,
    options: { readonly staleMs: number; readonly processing?: boolean; readonly degradesOnly?: boolean },
  ): ReadinessPart {
    const part: PartState = {
      staleMs: options.staleMs,
      processing: options.processing ?? false,
      degradesOnly: options.degradesOnly ?? false,
      okWallMs: null,
      failure: 'starting',
      sinceWallMs: this.clock.wallMs(),
    };
    this.parts.set(name, part);
    return {
      ok: () => {
        const nowMs = this.clock.wallMs();
        if (this.whyNot(part) !== null) part.sinceWallMs = nowMs;
        part.okWallMs = nowMs;
        part.failure = null;
      },
      failed: (reason) => {
        // Silence before counts as well.
        if (this.whyNot(part) === null) part.sinceWallMs = this.clock.wallMs();
        else if (part.failure === null && part.okWallMs !== null) part.sinceWallMs = part.okWallMs + part.staleMs;
        part.failure = reason;
      },
    };
  }

  /** Of this process, and what only degrades in others: whoever looks at one of them sees it. */
  report(): ReadinessReport {
    const own = this.reportHere();
    const names = new Set(own.parts.map(({ name }) => name));
    const others = this.partsElsewhere().filter(({ name }) => !names.has(name));
    return { ...own, parts: [...own.parts, ...others.map((part) => ({ ...part, ready: false, vital: false }))] };
  }

  /** Of this process alone. */
  reportHere(): ReadinessReport {
    const parts = [...this.parts].map(([name, part]) => {
      const reason = this.whyNot(part);
      return { name, ready: reason === null, vital: !part.degradesOnly, reason: reason ?? '' };
    });
    const needed = [...this.parts.values()].filter((part) => !part.degradesOnly);
    return { ready: needed.length > 0 && needed.every((part) => this.whyNot(part) === null), parts };
  }

  /** The same parts, with since when each is as it is: for engineers. */
  history(): readonly PartSince[] {
    return [...this.parts].map(([name, part]) => {
      const reason = this.whyNot(part);
      const silentFromMs = part.failure === null && part.okWallMs !== null ? part.okWallMs + part.staleMs : part.sinceWallMs;
      const sinceMs = reason === null ? part.sinceWallMs : silentFromMs;
      return { name, ready: reason === null, vital: !part.degradesOnly, reason: reason ?? '', sinceMs };
    });
  }

  /**
   * False when alarms may be missing: a part that finds them has stopped or never started, here or in another process. What several
   * processes share is found only while all who have a part of it find it.
   */
  processing(): boolean {
    const there = this.elsewhere()?.processing ?? null;
    const own = this.processingHere();
    return own === null ? there === true : own && there !== false;
  }

  /** The same of this process alone; null: it finds no alarms at all. */
  processingHere(): boolean | null {
    const parts = [...this.parts.values()].filter((part) => part.processing);
    return parts.length === 0 ? null : parts.every((part) => this.whyNot(part) === null);
  }

  /** Hub clock of the newest event that was finished in this process; null before the first. */
  get newestHubMsHere(): number | null {
    return this.newestHubMs;
  }

  /** The newest event that a consumer has finished; hub clock, which is wall time. */
  noteHubEvent(hubAtMs: number): void {
    if (this.newestHubMs === null || hubAtMs > this.newestHubMs) this.newestHubMs = hubAtMs;
  }

  /** Age of that event, or of a newer one in another process, in wall time; null before the first. */
  streamLagMs(): number | null {
    const known = [this.newestHubMs, this.elsewhere()?.newestHubMs ?? null].flatMap((ms) => ms ?? []);
    return known.length === 0 ? null : Math.max(0, this.clock.wallMs() - Math.max(...known));
  }

  private whyNot(part: PartState): string | null {
    if (part.failure !== null) return part.failure;
    const silentMs = this.clock.wallMs() - (part.okWallMs ?? 0);
    return part.okWallMs === null || silentMs > part.staleMs ? `silent for ${silentMs} ms` : null;
  }
}
