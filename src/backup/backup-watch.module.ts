import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Injectable,
  Module,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Cancel } from '@vigil/clock';
import { Metrics } from '../health/metrics.js';
import { Readiness, type ReadinessPart } from '../health/readiness.js';
import { AppClock } from '../ports/app-clock.js';
import { ServerConfig } from '../server-config.js';
import { BackupMetrics } from './backup-metrics.js';
import { backupState } from './backup-state.js';
import { readLastRun } from './last-run.js';

const LOOK_EVERY_MS = 30_000;
const STALE_MS = 4 * LOOK_EVERY_MS;

/** Says by metrics and readiness how old the newest good back-up is. It makes none: `vigil backup` is a process of its own. */
@Injectable()
class BackupWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly metrics: BackupMetrics;
  private readonly part: ReadinessPart;
  private stop: Cancel = () => undefined;

  constructor(
    private readonly config: ServerConfig,
    private readonly clock: AppClock,
    { registry }: Metrics,
    readiness: Readiness,
  ) {
    this.metrics = new BackupMetrics(registry);
    this.part = readiness.expect('backup', { staleMs: STALE_MS, degradesOnly: true });
  }

  onApplicationBootstrap(): void {
    this.look();
    this.stop = this.clock.every(LOOK_EVERY_MS, () => this.look());
  }

  beforeApplicationShutdown(): void {
    this.stop();
  }

  private look(): void {
    const { dataDir, backupAgeMsMax, databaseUrl, source } = this.config.settings;
    const last = readLastRun(dataDir);
    const nowMs = this.clock.wallMs();
    // A database elsewhere is backed up by its own means, which say so themselves.
    const ageMsMax = databaseUrl === null ? backupAgeMsMax : 0;
    const { ageMs, problem } = backupState(last, { nowMs, ageMsMax, isLive: source === 'none' });
    this.metrics.looked(last, ageMs, problem !== null);
    if (problem === null) this.part.ok();
    else this.part.failed(problem);
  }
}

/** Beside the data folder whose back-ups it looks at. */
@Module({})
export class BackupWatchModule {
  static make(): DynamicModule {
    return { module: BackupWatchModule, providers: [BackupWatch] };
  }
}
