import type { DeviceMessage, LogEventOf } from '@vigil/contracts';
import { metricRow } from '@vigil/contracts';
import type { AlarmBook } from './alarm-book.js';
import type { BedHistory } from './bed-history.js';

const HOUR_MS = 3_600_000;
const REMINDER_MS = 5 * 60_000;
const BACK_MS = 10_000;

/** A patient who is away from the monitor, as docs/vocabulary.md tells it. */
export class PlainStandby {
  private now: { readonly id: string; readonly fromMs: number; readonly toMs: number } | null = null;
  private over: string[] = [];
  /** Values of the metrics since it was set, in order: their times, and whether they were valid. */
  private values: { readonly metric: string; readonly atMs: number; readonly isValid: boolean }[] = [];

  constructor(
    private readonly history: BedHistory,
    private readonly book: AlarmBook,
  ) {}

  get holds(): boolean {
    return this.now !== null;
  }

  set({ standbyId: id, atMs, toMs }: LogEventOf<'standbySet'>): void {
    if (this.now?.id === id || this.over.includes(id)) return;
    const set = { id, fromMs: atMs, toMs: Math.min(toMs, atMs + 4 * HOUR_MS) };
    if (this.now !== null && (this.now.fromMs > atMs || (this.now.fromMs === atMs && this.now.id > id))) {
      this.note(id);
      return;
    }
    this.end(atMs);
    this.now = set;
    this.values = [];
    for (const code of this.book.codes()) if (/noData$|leadsOff$/.test(code)) this.book.close(code, atMs);
    this.history.sensorsAnew();
    this.tell(this.history.clockMs >= set.toMs - REMINDER_MS, atMs);
  }

  ended({ standbyId, atMs }: LogEventOf<'standbyEnded'>): void {
    if (this.now?.id === standbyId) this.end(atMs);
    else this.note(standbyId);
  }

  end(atMs: number): void {
    if (this.now === null) return;
    this.note(this.now.id);
    this.now = null;
    this.book.over('standby', atMs);
    this.history.graceMs = Math.max(this.history.graceMs, this.history.clockMs);
    this.history.sensorsAnew();
  }

  /** Valid values of one metric, one after the other, from at least ten seconds. */
  message({ atMs, gatewayAtMs, readings }: DeviceMessage, rate: number): void {
    if (this.now === null || atMs <= this.now.fromMs || this.history.clockMs - gatewayAtMs > 10_000 * rate) return;
    for (const { metric, value, quality } of readings) {
      const before = this.values.filter((each) => each.metric === metric);
      // One that is out of order says nothing; where the run was broken, what comes next begins anew whenever it was measured.
      const last = before.at(-1);
      if (last?.isValid === true && atMs <= last.atMs) continue;
      this.values.push({ metric, atMs, isValid: quality === 'valid' && typeof value === 'number' });
      const run = [...before, this.values.at(-1)!];
      const gapMs = Math.max(3 * metricRow(metric).nominalIntervalMs, 10_000 * rate);
      const broken = run.findLastIndex(
        (each, i) => !each.isValid || (run[i - 1]?.isValid === true && each.atMs - run[i - 1]!.atMs > gapMs),
      );
      const since = run[broken < 0 || run[broken]!.isValid ? Math.max(broken, 0) : broken + 1];
      if (since === undefined || atMs - since.atMs < BACK_MS) continue;
      this.end(atMs);
      return;
    }
  }

  /** After each event: it is over at its end, and calls before. */
  settle(): void {
    const { clockMs } = this.history;
    if (this.now === null) return;
    if (clockMs >= this.now.toMs) this.end(clockMs);
    else this.tell(clockMs >= this.now.toMs - REMINDER_MS, Math.max(clockMs, this.now.fromMs));
  }

  private tell(isNearEnd: boolean, atMs: number): void {
    this.book.holds({ code: 'standby', kind: 'technical', priority: isNearEnd ? 'medium' : 'low', ruleId: 'standby' }, atMs);
  }

  /** One that was set for a stay that is over counts as over. */
  note(id: string): void {
    if (!this.over.includes(id)) this.over = [...this.over, id].slice(-8);
  }
}
