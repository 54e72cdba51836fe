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
import { Readiness, type ReadinessPart } from '../health/readiness.js';
import { type Term, WhileMine } from '../health/while-mine.js';
import { AppClock } from '../ports/app-clock.js';
import { AuditAnchors } from '../ports/audit-anchor.js';
import { AuditLog } from '../ports/audit-log.js';
import { AuditTrail } from '../ports/audit-trail.js';
import type { Log } from '../ports/log.js';
import { Once } from '../ports/once.js';
import { SIX_YEARS_DAYS } from '../config.js';
import { ServerConfig } from '../server-config.js';
import { Anchoring } from './anchoring.js';
import { AuditKeeper } from './audit-keeper.js';
import { AuditSpool } from './audit-spool.js';
import { rotationByFile } from './signing-key-rotation.js';

export const SIGNING_KEY_FILE = join('audit', 'signing-key.json');
/** A part that has not reported for so long is named by the readiness check. Patients are watched without it. */
const STALE_MS = 60_000;

/** Makes a keeper and its anchors for as long as this process is the one that signs: what an earlier term knew may be old. */
class AuditTerms {
  constructor(
    readonly begin: () => Term,
    /** Somebody else signs. */
    readonly elsewhere: () => void,
  ) {}
}

/** Signs the audit trail while that is this process's to do; the keeper stops before the anchors, so that the last note still leaves. */
@Injectable()
class AuditKeeperService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly work: WhileMine;

  constructor({ begin, elsewhere }: AuditTerms, once: Once, clock: AppClock) {
    this.work = new WhileMine({ once, work: 'audit-keeper', clock, begin }, elsewhere);
  }

  onApplicationBootstrap(): void {
    this.work.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.work.stop();
  }
}

/** The part of the process that signs the audit trail. One process of a site does so at a time. */
@Module({})
export class AuditKeeperModule {
  static from(processLog: Log): DynamicModule {
    const terms = {
      provide: AuditTerms,
      inject: [AuditAnchors, AuditTrail, AuditLog, AuditSpool, AppClock, Metrics, Readiness, ServerConfig],
      useFactory: (
        anchors: AuditAnchors,
        trail: AuditTrail,
        log: AuditLog,
        spool: AuditSpool,
        clock: AppClock,
        metrics: Metrics,
        readiness: Readiness,
        { settings }: ServerConfig,
      ): AuditTerms => {
        warnOfShortRetention(settings.auditRetentionDays, processLog);
        const logPart = readiness.expect('audit-log', { staleMs: STALE_MS, degradesOnly: true });
        const anchorPart = readiness.expect('audit-anchors', { staleMs: STALE_MS, degradesOnly: true });
        const begin = (): Term => {
          const anchoring = anchoringOf({ anchors, clock, metrics, part: anchorPart, processLog });
          const keeper = new AuditKeeper({
            ...{ log, spool, clock, publish: anchoring.publish, processLog },
            openSigner: signerOf(join(settings.dataDir, SIGNING_KEY_FILE)),
            rotation: rotationByFile(settings.dataDir, trail, clock),
            retentionDays: settings.auditRetentionDays,
            metrics: metrics.audit,
            readiness: logPart,
          });
          return {
            start: () => {
              anchoring.start();
              keeper.start();
            },
            stop: async () => {
              await keeper.stop();
              await anchoring.stop();
              metrics.auditKeptElsewhere();
            },
          };
        };
        const elsewhere = (): void => {
          logPart.ok();
          anchorPart.ok();
        };
        return new AuditTerms(begin, elsewhere);
      },
    };
    return { module: AuditKeeperModule, providers: [AuditKeeperService, terms] };
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
  readonly part: ReadinessPart;
  readonly processLog: Log;
}

function anchoringOf({ anchors, clock, metrics, part, processLog }: AnchoringParts): Anchoring {
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
