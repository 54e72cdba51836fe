import type { Clock } from '@vigil/clock';
import type { AlarmId } from '@vigil/contracts';
import { PlatformError, type TraceIds } from '@vigil/domain';
import type { AlarmRecord, AlarmRecords } from '../ports/alarm-records.js';
import type { TraceSink, TraceSpan } from '../ports/trace-sink.js';
import { alarmPath } from './alarm-path.js';
import { alarmTrace } from './alarm-trace.js';

/** Wall time after an alarm was raised in which its first page should have left. */
const WAIT_MS = 45_000;
/** Alarms that wait; a storm has more, and those beyond have no trace. */
const WAITING_MAX = 1_000;
/** Records that one turn reads: each is a few ms of the store. */
const AT_ONCE = 20;
const TRIES_MAX = 3;
const OLD_MS = 10 * 60_000;
/** Alarms that had theirs: what changes of one later makes no second. */
const KNOWN_MAX = 10_000;

export interface TraceExporterParts {
  readonly records: Pick<AlarmRecords, 'record'>;
  readonly sink: TraceSink;
  readonly ids: TraceIds;
  readonly clock: Clock;
  readonly report: {
    sent(traces: number): void;
    dropped(reason: 'too-many' | 'away' | 'refused', traces: number): void;
  };
}

interface Waiting {
  readonly alarmId: AlarmId;
  readonly dueMs: number;
  readonly tries: number;
}

/**
 * Makes the trace of each alarm out of what is stored of it anyway, some time after it was raised. Nothing on an alarm's way knows of
 * it, waits for it, or carries more for it. What waits when the process ends has no trace.
 */
export class TraceExporter {
  private waiting: Waiting[] = [];
  private readonly known = new Set<AlarmId>();

  constructor(private readonly parts: TraceExporterParts) {}

  get size(): number {
    return this.waiting.length;
  }

  /** Something changed of these alarms; those that are new here get a trace. */
  changed(alarmIds: readonly AlarmId[]): void {
    const dueMs = this.parts.clock.steady().atMs + WAIT_MS;
    let over = 0;
    for (const alarmId of alarmIds) {
      if (this.known.has(alarmId)) continue;
      this.known.add(alarmId);
      if (this.known.size > KNOWN_MAX) this.known.delete(this.known.values().next().value!);
      if (this.waiting.length < WAITING_MAX) this.waiting.push({ alarmId, dueMs, tries: 0 });
      else over += 1;
    }
    if (over > 0) this.parts.report.dropped('too-many', over);
  }

  /** Sends what is due. What a sink or a store that is away does not take is tried again, and then dropped. */
  async turn(): Promise<void> {
    const { clock, report } = this.parts;
    const nowMs = clock.steady().atMs;
    const due = this.waiting.filter(({ dueMs }) => dueMs <= nowMs).slice(0, AT_ONCE);
    if (due.length === 0) return;
    this.waiting = this.waiting.filter((one) => !due.includes(one));
    const traces = await this.tracesOf(due);
    const outcome = traces === null ? 'away' : traces.length === 0 ? 'taken' : await this.parts.sink.send(traces.flat());
    if (outcome === 'taken') {
      report.sent(traces!.length);
      return;
    }
    const again = outcome === 'away' ? due.filter(({ tries }) => tries + 1 < TRIES_MAX) : [];
    for (const one of again) this.waiting.push({ ...one, dueMs: nowMs + WAIT_MS, tries: one.tries + 1 });
    if (again.length < due.length) report.dropped(outcome, due.length - again.length);
  }

  /** Null while the store is away. */
  private async tracesOf(due: readonly Waiting[]): Promise<readonly (readonly TraceSpan[])[] | null> {
    const { records, clock, ids } = this.parts;
    const isWall = clock.rate === 1;
    const wallMs = clock.wallMs();
    const traces: (readonly TraceSpan[])[] = [];
    for (const { alarmId } of due) {
      let record: AlarmRecord | null;
      try {
        record = await records.record(alarmId, 0);
      } catch (error) {
        if (error instanceof PlatformError) return null;
        throw error;
      }
      const first = record?.steps[0];
      // Something changed of an alarm that was raised before this process began: it had its trace then.
      if (record === null || first === undefined || wallMs - (first.hop?.storedWallMs ?? 0) > OLD_MS) continue;
      const { kind, priority, origin } = first.transition;
      const spans = alarmTrace(alarmPath(record, { isWall, wallMs }), { kind, priority, origin }, { ids, isWall });
      if (spans.length > 0) traces.push(spans);
    }
    return traces;
  }
}
