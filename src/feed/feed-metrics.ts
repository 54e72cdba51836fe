import { Counter, Gauge, type Registry } from 'prom-client';
import type { FeedBacklog, Worked } from '../ports/feed-records.js';

/** How it goes with the hospital's messages. Labels are words of closed lists; nothing of a message. */
export class FeedMetrics {
  private readonly worked: Counter<'outcome' | 'reason'>;
  private readonly failed: Counter<'code'>;
  private readonly waiting: Gauge<'what'>;
  private readonly oldestS: Gauge<'what'>;
  private readonly quarantined: Gauge<'reason'>;
  private readonly answers: Counter<'code'>;
  private readonly closed: Counter<'why'>;
  private readonly refused: Counter<'why'>;

  constructor(registry: Registry) {
    const counter = <L extends string>(name: string, help: string, ...labelNames: L[]): Counter<L> =>
      new Counter({ name: `vigil_${name}`, help, labelNames, registers: [registry] });
    const gauge = <L extends string>(name: string, help: string, ...labelNames: L[]): Gauge<L> =>
      new Gauge({ name: `vigil_${name}`, help, labelNames, registers: [registry] });
    this.worked = counter('feed_messages_total', 'Messages of the hospital, by what became of them', 'outcome', 'reason');
    this.failed = counter('feed_failures_total', 'Messages that could not be worked off now, by error', 'code');
    this.waiting = gauge('feed_waiting', 'Messages kept and not worked off, and those that wait for a person', 'what');
    this.oldestS = gauge('feed_oldest_age_seconds', 'Age of the oldest of them', 'what');
    this.quarantined = gauge('feed_quarantined', 'Messages that wait for a person, by reason', 'reason');
    this.answers = counter('hl7_answers_total', 'Answers to HL7 messages, by code', 'code');
    this.closed = counter('hl7_connections_closed_total', 'HL7 connections that the platform ended, by reason', 'why');
    this.refused = counter('hl7_connections_refused_total', 'HL7 connections that were refused, by reason', 'why');
  }

  workedOff({ decision }: Worked): void {
    if (decision.do === 'apply') this.worked.inc({ outcome: 'applied', reason: '' });
    else if (decision.do === 'ignore') this.worked.inc({ outcome: 'ignored', reason: decision.why });
    else this.worked.inc({ outcome: 'quarantined', reason: decision.reason });
  }

  failure(code: string): void {
    this.failed.inc({ code });
  }

  /** @param wallMs now */
  backlog({ kept, oldestKeptWallMs, quarantined, oldestQuarantinedWallMs }: FeedBacklog, wallMs: number): void {
    const all = Object.entries(quarantined);
    this.waiting.set({ what: 'kept' }, kept);
    this.waiting.set(
      { what: 'quarantined' },
      all.reduce((sum, [, count]) => sum + count, 0),
    );
    const ageS = (sinceWallMs: number | null): number => (sinceWallMs === null ? 0 : Math.max(0, wallMs - sinceWallMs) / 1_000);
    this.oldestS.set({ what: 'kept' }, ageS(oldestKeptWallMs));
    this.oldestS.set({ what: 'quarantined' }, ageS(oldestQuarantinedWallMs));
    this.quarantined.reset();
    for (const [reason, count] of all) this.quarantined.set({ reason }, count);
  }

  /** For whoever takes messages. */
  readonly news = {
    answered: (code: string): void => this.answers.inc({ code }),
    closed: (why: string): void => this.closed.inc({ why }),
    refused: (why: string): void => this.refused.inc({ why }),
  };
}
