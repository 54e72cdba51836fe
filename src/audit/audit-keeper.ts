import type { Cancel } from '@vigil/clock';
import type { Signer } from '@vigil/audit-chain';
import { InvariantError, PlatformError } from '@vigil/domain';
import type { AuditMetrics } from '../health/audit-metrics.js';
import type { ReadinessPart } from '../health/readiness.js';
import type { AppClock } from '../ports/app-clock.js';
import type { AuditLog } from '../ports/audit-log.js';
import type { Log } from '../ports/log.js';
import type { AuditSpool } from './audit-spool.js';
import { Checkpoints, type Publish } from './checkpoints.js';
import { DISPOSE_MAX, disposeOfOldest } from './retention.js';
import type { SigningKeyRotation } from './signing-key-rotation.js';

/** Wall time between two rounds of disposal: 5,000 entries each at most, 120,000 a day. */
export const DISPOSE_EVERY_MS = 3_600_000;
const DISPOSALS_OF_ROUND = 10;
const REPORT_EVERY_MS = 5_000;

export interface AuditKeeperOptions {
  readonly log: AuditLog;
  readonly spool: AuditSpool;
  readonly clock: AppClock;
  readonly openSigner: (create: boolean) => Signer;
  readonly publish: Publish;
  readonly rotation: SigningKeyRotation;
  readonly retentionDays: number;
  readonly metrics: AuditMetrics;
  readonly readiness: ReadinessPart;
  readonly processLog: Log;
}

/**
 * Keeps the audit trail in order while the platform runs: signs it, sends what was signed outside, disposes of what is
 * too old, and says how it is. Whatever is wrong with it is said loudly, and stops nothing else.
 */
export class AuditKeeper {
  private readonly checkpoints: Checkpoints;
  private readonly cancels: Cancel[] = [];
  private entries = 0;
  private madeWallMs: number | null = null;
  private why: string | null = null;
  private away: string | null = null;
  private work: Promise<void> = Promise.resolve();

  constructor(private readonly options: AuditKeeperOptions) {
    const { log, clock, openSigner, publish, rotation } = options;
    this.checkpoints = new Checkpoints({
      log,
      clock,
      openSigner,
      publish,
      rotation,
      report: {
        made: (size, wallMs) => {
          this.entries = size;
          this.madeWallMs = wallMs;
          this.away = null;
        },
        broken: (why) => this.broken(why),
        away: (error) => this.outage(error),
      },
    });
  }

  start(): void {
    const { clock } = this.options;
    this.checkpoints.start();
    this.cancels.push(
      clock.every(REPORT_EVERY_MS, () => this.report()),
      clock.every(DISPOSE_EVERY_MS, () => void this.dispose()),
    );
  }

  async stop(): Promise<void> {
    for (const cancel of this.cancels) cancel();
    await this.work;
    await this.checkpoints.stop();
  }

  /** Takes the oldest entries whose time is over. Tried again an hour later when it fails. */
  dispose(): Promise<void> {
    this.work = this.work.then(async () => {
      const { log, clock, retentionDays, openSigner, metrics } = this.options;
      if (this.why !== null) return;
      try {
        for (let [n, gone] = [0, DISPOSE_MAX]; n < DISPOSALS_OF_ROUND && gone === DISPOSE_MAX; n++) {
          gone = await disposeOfOldest({ log, clock, retentionDays }, openSigner(false));
          metrics.disposed(gone);
        }
      } catch (error) {
        if (error instanceof InvariantError) this.broken(error.message);
        else this.outage(error);
      }
    });
    return this.work;
  }

  private report(): void {
    const { metrics, readiness, spool, clock } = this.options;
    const checkpointAgeMs = this.madeWallMs === null ? null : clock.wallMs() - this.madeWallMs;
    metrics.log({ entries: this.entries, checkpointAgeMs, isBroken: this.why !== null });
    metrics.spool(spool.waiting, spool.lost);
    const waiting = spool.waiting > 0 ? `${spool.waiting} entries wait for the audit trail` : null;
    const problem = this.why ?? this.away ?? waiting;
    if (problem === null) readiness.ok();
    else readiness.failed(problem);
  }

  private broken(why: string): void {
    if (this.why !== why) this.options.processLog.error('the audit trail is not what it was', { code: 'audit-log-changed', why });
    this.why = why;
  }

  private outage(error: unknown): void {
    const code = error instanceof PlatformError ? error.code : error instanceof Error ? error.name : 'unknown';
    if (this.away !== code) this.options.processLog.warn('the audit trail is away', { code });
    this.away = code;
  }
}
