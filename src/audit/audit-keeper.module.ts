import { join } from 'node:path';
import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Injectable,
  Module,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { openSigningKeyFile, type Signer } from '@vigil/audit-chain';
import { Metrics } from '../health/metrics.js';
import { Readiness } from '../health/readiness.js';
import { AppClock } from '../ports/app-clock.js';
import { AuditAnchors } from '../ports/audit-anchor.js';
import { AuditLog } from '../ports/audit-log.js';
import { AuditTrail } from '../ports/audit-trail.js';
import type { Log } from '../ports/log.js';
import { SIX_YEARS_DAYS } from '../config.js';
import { ServerConfig } from '../server-config.js';
import { Anchoring } from './anchoring.js';
import { AuditKeeper } from './audit-keeper.js';
import { AuditSpool } from './audit-spool.js';
import { rotationByFile } from './signing-key-rotation.js';

export const SIGNING_KEY_FILE = join('audit', 'signing-key.json');
/** A part that has not reported for so long is named by the readiness check. Patients are watched without it. */
const STALE_MS = 60_000;

/** Starts the keeper and the anchors with the app, and stops them in that order, so that the last note still leaves. */
@Injectable()
class AuditKeeperService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly keeper: AuditKeeper,
    private readonly anchoring: Anchoring,
  ) {}

  onApplicationBootstrap(): void {
    this.anchoring.start();
    this.keeper.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.keeper.stop();
    await this.anchoring.stop();
  }
}

/** The part of the process that signs the audit trail. One process of a site has it. */
@Module({})
export class AuditKeeperModule {
  static from(processLog: Log): DynamicModule {
    const anchoring = {
      provide: Anchoring,
      inject: [AuditAnchors, AppClock, Metrics, Readiness],
      useFactory: (anchors: AuditAnchors, clock: AppClock, metrics: Metrics, readiness: Readiness): Anchoring =>
        anchoringOf({ anchors, clock, metrics, readiness, processLog }),
    };
    const keeper = {
      provide: AuditKeeper,
      inject: [Anchoring, AuditTrail, AuditLog, AuditSpool, AppClock, Metrics, Readiness, ServerConfig],
      useFactory: (
        { publish }: Anchoring,
        trail: AuditTrail,
        log: AuditLog,
        spool: AuditSpool,
        clock: AppClock,
        metrics: Metrics,
        readiness: Readiness,
        { settings }: ServerConfig,
      ): AuditKeeper => {
        warnOfShortRetention(settings.auditRetentionDays, processLog);
        return new AuditKeeper({
          log,
          spool,
          clock,
          openSigner: signerOf(join(settings.dataDir, SIGNING_KEY_FILE)),
          publish,
          rotation: rotationByFile(settings.dataDir, trail, clock),
          retentionDays: settings.auditRetentionDays,
          metrics: metrics.audit,
          readiness: readiness.expect('audit-log', { staleMs: STALE_MS, degradesOnly: true }),
          processLog,
        });
      },
    };
    return { module: AuditKeeperModule, providers: [AuditKeeperService, anchoring, keeper] };
  }
}

/** Source: 45 CFR 164.316(b)(2)(i), six years from the date when it was made. A shorter time is allowed and said. */
function warnOfShortRetention(retentionDays: number, processLog: Log): void {
  if (retentionDays >= SIX_YEARS_DAYS) return;
  processLog.warn('VIGIL_AUDIT_RETENTION_DAYS is below the six years of 45 CFR 164.316(b)(2)(i)', { retentionDays });
}

/** One signer for checkpoints and disposals, because it is a writer of its file. */
function signerOf(path: string): (create: boolean) => Signer {
  let signer: Signer | null = null;
  return (create) => (signer ??= openSigningKeyFile(path, { create }));
}

interface AnchoringParts {
  readonly anchors: AuditAnchors;
  readonly clock: AppClock;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  readonly processLog: Log;
}

function anchoringOf({ anchors, clock, metrics, readiness, processLog }: AnchoringParts): Anchoring {
  const part = readiness.expect('audit-anchors', { staleMs: STALE_MS, degradesOnly: true });
  let last: string | null = null;
  return new Anchoring({
    anchors: anchors.all(),
    clock,
    report: {
      anchor: (name, ageMs, waiting) => metrics.auditAnchor(name, ageMs, waiting),
      failed: (name, reason) => {
        metrics.auditAnchorFailed(name, reason);
        processLog.warn('a checkpoint of the audit log was not taken', { anchor: name, reason });
      },
      state: (problem) => {
        if (problem === null) part.ok();
        else part.failed(problem);
        if (problem !== last && problem !== null)
          processLog.error('the audit log is not anchored', { code: 'anchor-unavailable', problem });
        last = problem;
      },
    },
  });
}
