import type { Cancel, Clock } from '@vigil/clock';
import { PlatformError } from '@vigil/domain';
import { ProcessWord } from '../health/process-word.js';
import { PROCESS_SILENT_MS, type SiteProcesses } from '../health/site-processes.js';
import { HeardNews, NewsBatches } from './news-batches.js';
import { Silence } from './silence.js';
import type { SiteNews } from '../ports/site-news.js';
import type { PartitionOwners } from '../ports/partition-owners.js';
import type { SiblingRow, Siblings } from '../ports/siblings.js';

/** Wall time between two words. */
export const WORD_EVERY_MS = 1_000;
/** Between two looks so much counts as listened, however long it was: a word that comes late on a busy machine is not silence. */
const LISTENED_MS_MAX = 3 * WORD_EVERY_MS;

export interface ProcessWordsParts {
  readonly siblings: Siblings;
  readonly owners: Pick<PartitionOwners, 'owners' | 'releaseDead'>;
  readonly processes: SiteProcesses;
  readonly processId: string;
  readonly role: string;
  readonly buildId: string;
  readonly clock: Clock;
  /** Partitions of processes that are gone are freed by whoever reads some. */
  readonly frees: boolean;
  /** What the stores tell; left out: nothing goes with the words. */
  readonly news?: SiteNews;
  /** After each look, whether the others were heard: what else every process of a site does about once a second. Must not throw. */
  readonly onTurn?: (isHeard: boolean) => void;
  readonly onTrouble?: (code: string | null) => void;
  /** Owners whose partitions were freed. */
  readonly onFreed?: (count: number) => void;
}

interface Heard {
  readonly beat: number;
  readonly atMs: number;
  readonly word: ProcessWord | null;
}

/**
 * Says each second what this process does, hears what the others do, and frees the partitions of those that have been silent for
 * PROCESS_SILENT_MS: that long after its death, and not after the two minutes of the log's own lease, others read what it read. Whoever was
 * taken for dead and is not loses nothing: its commits are refused by the fence, and it takes partitions again.
 */
export class ProcessWords {
  private readonly heard = new Map<string, Heard>();
  private readonly silence = new Silence(LISTENED_MS_MAX);
  /** Of owners of partitions that have no word: since when that is so. */
  private readonly unknown = new Silence(LISTENED_MS_MAX);
  private readonly batches = new NewsBatches();
  private readonly heardNews = new HeardNews();
  private cancel: Cancel = () => undefined;
  private running: Promise<void> | null = null;
  private trouble: string | null = null;

  constructor(private readonly parts: ProcessWordsParts) {
    parts.news?.carryBy((hint) => this.batches.add(hint));
  }

  /** Resolves once the others can know of this process, or the store could not be asked. */
  async start(): Promise<void> {
    this.cancel = this.parts.clock.every(WORD_EVERY_MS, () => void this.turn());
    await this.turn();
  }

  /** The others know at once that it is gone. */
  async stop(): Promise<void> {
    this.cancel();
    await this.running;
    const { siblings, processId, clock } = this.parts;
    await siblings.leave(processId, clock.wallMs()).catch(() => undefined);
  }

  /** One at a time; never throws. */
  turn(): Promise<void> {
    this.running ??= this.turnNow()
      .then(
        () => this.say(null),
        (error: unknown) => this.say(error instanceof PlatformError ? error.code : 'internal'),
      )
      .finally(() => {
        this.running = null;
        this.parts.onTurn?.(this.trouble === null);
      });
    return this.running;
  }

  private async turnNow(): Promise<void> {
    const { siblings, processes, processId, role, buildId, clock, frees } = this.parts;
    const json = JSON.stringify({ role, buildId, news: this.batches.take(), ...processes.own() });
    await siblings.say({ processId, role, json }, clock.wallMs());
    const nowMs = clock.steady().atMs;
    const rows = (await siblings.all()).filter((row) => row.processId !== processId);
    this.hear(rows, nowMs);
    if (frees) await this.freeDead(nowMs, rows);
  }

  private hear(rows: readonly SiblingRow[], nowMs: number): void {
    const ids = new Set(rows.map((row) => row.processId));
    for (const id of this.heard.keys()) if (!ids.has(id)) this.heard.delete(id);
    for (const row of rows) {
      if (this.heard.get(row.processId)?.beat === row.beat) continue;
      this.heard.set(row.processId, { beat: row.beat, atMs: nowMs, word: wordOf(row.json) });
    }
    const words = [...this.heard].flatMap(([id, { word, atMs }]) => (word === null ? [] : [{ processId: id, word, atMs }]));
    this.silence.look(nowMs, new Map(rows.map(({ processId, beat }) => [processId, beat])));
    this.parts.processes.hear(words, this.silence.longerThan(PROCESS_SILENT_MS));
    this.heardNews.keepOnly(ids);
    for (const { processId, word } of words) {
      const batches = word.news.map(({ n, hints }) => ({ n, hints: hints.flatMap((hint) => hint ?? []) }));
      for (const hint of this.heardNews.take(processId, batches)) this.parts.news?.hear(hint);
    }
  }

  private async freeDead(nowMs: number, rows: readonly SiblingRow[]): Promise<void> {
    const { owners, processId, onFreed } = this.parts;
    const others = (await owners.owners()).filter((owner) => owner !== processId);
    const known = new Set(rows.map((row) => row.processId));
    this.unknown.look(nowMs, new Map(others.flatMap((owner) => (known.has(owner) ? [] : [[owner, 0]]))));
    const silent = new Set([...this.silence.longerThan(PROCESS_SILENT_MS), ...this.unknown.longerThan(PROCESS_SILENT_MS)]);
    const living = others.filter((owner) => !silent.has(owner));
    if (living.length === others.length) return;
    await owners.releaseDead(living);
    onFreed?.(others.length - living.length);
  }

  private say(code: string | null): void {
    if (code === this.trouble) return;
    this.trouble = code;
    this.parts.onTrouble?.(code);
  }
}

/** Null for the word of a version that speaks otherwise: it lives, and more is not known. */
function wordOf(json: string): ProcessWord | null {
  try {
    const read = ProcessWord.safeParse(JSON.parse(json));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
}
