import type { ProcessWord } from './process-word.js';

/** Wall time without a word after which a process counts as gone: what it did is not being done. */
export const PROCESS_SILENT_MS = 6_000;

/** Another process of the site, and how old its word is. */
export interface OtherProcess {
  readonly processId: string;
  readonly word: ProcessWord;
  readonly agoMs: number;
}

type Part = Exclude<keyof ProcessWord, 'role' | 'buildId' | 'asks' | 'news'>;

/** What one process asks of whoever does it: a second at most until it is heard. */
export type Ask = 'ehr-retry' | 'ehr-hint';
type Teller<P extends Part> = () => ProcessWord[P];

/** What the processes of a site know of each other. With one process, or before the first word: nothing. */
export class SiteProcesses {
  private readonly tellers = new Map<Part, () => unknown>();
  private readonly asked = new Map<Ask, number>();
  private readonly listeners = new Map<Ask, () => void>();
  private goneIds: readonly string[] = [];
  private heard: readonly { readonly processId: string; readonly word: ProcessWord; readonly atMs: number }[] = [];

  /** @param steadyMs a clock that nobody sets, in ms */
  constructor(private readonly steadyMs: () => number) {}

  /** A part of this process says this of itself, whenever it is asked. */
  tells<P extends Part>(part: P, teller: Teller<P>): void {
    this.tellers.set(part, teller);
  }

  /** What this process says now. */
  own(): Partial<ProcessWord> {
    return {
      ...Object.fromEntries([...this.tellers].map(([part, teller]) => [part, teller()])),
      asks: Object.fromEntries(this.asked),
    };
  }

  /** Asks the processes that do it. Who asks does not hear whether any does. */
  ask(what: Ask): void {
    this.asked.set(what, (this.asked.get(what) ?? 0) + 1);
  }

  /** Told when another process has asked. */
  onAsked(what: Ask, listener: () => void): void {
    this.listeners.set(what, listener);
  }

  /**
   * @param heard the others, each with the time (steady) at which its word was seen to be new
   * @param goneIds those of whom it is known that they have died
   */
  hear(
    heard: readonly { readonly processId: string; readonly word: ProcessWord; readonly atMs: number }[],
    goneIds: readonly string[] = [],
  ): void {
    this.goneIds = goneIds;
    const before = new Map(this.heard.map(({ processId, word }) => [processId, word]));
    this.heard = heard;
    for (const [what, listener] of this.listeners) {
      const isNew = heard.some(({ processId, word }) => (word.asks[what] ?? 0) > (before.get(processId)?.asks[what] ?? 0));
      if (isNew) listener();
    }
  }

  /** Other processes that died without a word, by their ids. Who left in order is not among them: it finishes what it has in hand. */
  gone(): readonly string[] {
    return this.goneIds;
  }

  others(): readonly OtherProcess[] {
    const nowMs = this.steadyMs();
    return this.heard
      .map(({ processId, word, atMs }) => ({ processId, word, agoMs: nowMs - atMs }))
      .filter(({ agoMs }) => agoMs <= PROCESS_SILENT_MS);
  }

  /** Partitions of this group that others read in time. */
  partitionsElsewhere(group: string): ReadonlySet<number> {
    return new Set(this.others().flatMap(({ word }) => word.groups[group]?.partitions ?? []));
  }

  /** What does not work in others while they do what patients need; one for each name, with the role that says it. */
  degradedElsewhere(): readonly { readonly name: string; readonly reason: string }[] {
    const found = new Map<string, string>();
    for (const { word } of this.others()) {
      for (const { name, reason, vital } of word.parts)
        if (!vital && !found.has(name)) found.set(name, `${word.role}: ${reason}`);
    }
    return [...found].map(([name, reason]) => ({ name, reason }));
  }

  /** Whether alarms are found elsewhere, by all who have a part of it; null: nobody else does that. */
  engineElsewhere(): { readonly processing: boolean; readonly newestHubMs: number | null } | null {
    const engines = this.others().flatMap(({ word }) => {
      const reads = (word.groups.alarms?.partitions.length ?? 0) > 0;
      return word.engine === null ? [] : [{ ...word.engine, reads }];
    });
    const reading = engines.filter(({ reads }) => reads);
    if (engines.length === 0) return null;
    const newest = engines.flatMap(({ newestHubMs }) => newestHubMs ?? []);
    return {
      processing: reading.length > 0 && reading.every(({ processing }) => processing),
      newestHubMs: newest.length === 0 ? null : Math.max(...newest),
    };
  }
}
