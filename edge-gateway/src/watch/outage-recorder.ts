import {
  type AlarmTransition,
  bedKey,
  type BedHandover,
  type BedId,
  type EpochMs,
  type GatewayId,
  type LogEventOf,
  type Origin,
} from '@vigil/contracts';
import type { LogRecord } from '../log-record.js';

/** Transitions of before an outage was noticed that are kept for it. */
const RECENT_MAX = 2_000;
const RECENT_MS = 60_000;

export interface Outage {
  readonly outageId: string;
  /** Event time. */
  readonly fromMs: number;
  readonly sinceWallMs: number;
}

/** Plain data, for the checkpoint. */
export interface RecorderState {
  readonly outage: Outage | null;
  readonly recent: readonly { readonly transition: AlarmTransition; readonly wallMs: number }[];
  readonly standing: readonly AlarmTransition[];
}

/** What the engine knows of a bed now; null while it has not seen everything. */
export type HandoverOf = (bedId: BedId) => BedHandover | null;

/** What is told of one bed at the end of an outage. */
export interface BedAtEnd {
  readonly bedId: BedId;
  readonly origin: Origin;
  readonly handover: BedHandover | null;
}

/**
 * Turns what the local watch derives into what the platform is told of an outage (D17). From the last moment the log took
 * something, each transition goes up as `localAlarm`; at the end each bed gets `localWatchEnded` with what stands. Said too
 * often, it changes nothing on the platform, so in doubt it is said.
 */
export class OutageRecorder {
  private outage: Outage | null = null;
  private recent: { transition: AlarmTransition; wallMs: number }[] = [];
  private readonly standing = new Map<string, AlarmTransition>();

  constructor(private readonly gatewayId: GatewayId) {}

  get current(): Outage | null {
    return this.outage;
  }

  save(): RecorderState {
    return { outage: this.outage, recent: this.recent, standing: [...this.standing.values()] };
  }

  restore({ outage, recent, standing }: RecorderState): void {
    this.outage = outage;
    this.recent = [...recent];
    for (const transition of standing) this.standing.set(transition.alarmId, transition);
  }

  /** Takes note of transitions. @returns what goes to the spool now */
  take(transitions: readonly AlarmTransition[], wallMs: number, handoverOf: HandoverOf): LogRecord[] {
    for (const transition of transitions) {
      if (transition.active) this.standing.set(transition.alarmId, transition);
      else this.standing.delete(transition.alarmId);
      this.recent.push({ transition, wallMs });
    }
    this.recent = this.recent.filter((r) => wallMs - r.wallMs <= RECENT_MS).slice(-RECENT_MAX);
    const { outage } = this;
    return outage === null ? [] : transitions.map((transition) => this.localAlarm(outage, transition, handoverOf));
  }

  /** The log is away since `sinceWallMs`. @returns what was derived since and may not have reached it */
  begin(sinceWallMs: number, fromMs: number, handoverOf: HandoverOf): LogRecord[] {
    if (this.outage !== null) return [];
    const outage = { outageId: `${this.gatewayId}/${Math.round(fromMs)}`, fromMs: Math.round(fromMs), sinceWallMs };
    this.outage = outage;
    return this.recent
      .filter((r) => r.wallMs >= sinceWallMs)
      .map(({ transition }) => this.localAlarm(outage, transition, handoverOf));
  }

  /** The log is back. @returns what holds at each bed */
  end(beds: readonly BedAtEnd[], ruleSetHash: string | null, nowMs: number): LogRecord[] {
    const { outage, gatewayId } = this;
    if (outage === null) return [];
    this.outage = null;
    const toMs = Math.max(outage.fromMs, Math.round(nowMs)) as EpochMs;
    return beds.map(({ bedId, origin, handover }) => {
      const event: LogEventOf<'localWatchEnded'> = {
        ...{ v: 1, id: `watch-ended/${outage.outageId}/${bedId}`, key: bedKey(bedId), origin, atMs: toMs },
        ...{ kind: 'localWatchEnded', bedId, gatewayId, outageId: outage.outageId, fromMs: outage.fromMs as EpochMs, toMs },
        ruleSetHash,
        standing: [...this.standing.values()].filter((t) => t.bedId === bedId).slice(0, 200),
        handover,
      };
      return recordOf(event);
    });
  }

  private localAlarm({ outageId }: Outage, transition: AlarmTransition, handoverOf: HandoverOf): LogRecord {
    const bedId = transition.bedId!;
    const { alarmId, rev, origin, atMs } = transition;
    const id = `local/${outageId}/${alarmId}/${rev}`;
    const about = { bedId, gatewayId: this.gatewayId, outageId, transition, handover: handoverOf(bedId) };
    return recordOf({ v: 1, id, key: bedKey(bedId), origin, atMs, kind: 'localAlarm', ...about });
  }
}

function recordOf(event: LogEventOf<'localAlarm'> | LogEventOf<'localWatchEnded'>): LogRecord {
  return { lane: 'alarms', key: event.key, body: Buffer.from(JSON.stringify(event)) };
}
