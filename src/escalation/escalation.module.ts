import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { Metrics } from '../health/metrics.js';
import { PagingHealth } from '../health/paging-health.js';
import { SiteProcesses } from '../health/site-processes.js';
import { AlarmFeed } from '../ports/alarm-state.js';
import { AppClock } from '../ports/app-clock.js';
import { Directory } from '../ports/directory.js';
import { Escalations } from '../ports/escalations.js';
import { Pagers } from '../ports/pager.js';
import { EscalationService } from './escalation.service.js';
import { Escalator } from './escalator.js';
import { PageSender } from './page-sender.js';
import type { LoopLog } from './rounds.js';

export interface EscalationOptions {
  /** Where phones reach the platform, without a slash at the end. */
  readonly publicUrl: string;
  readonly log: LoopLog;
}

/** Names no adapter: ports come from the global PortsModule. */
@Module({})
export class EscalationModule {
  static from(options: EscalationOptions): DynamicModule {
    const providers: Provider[] = [
      EscalationService,
      {
        provide: Escalator,
        inject: [Escalations, Directory, AlarmFeed, AppClock, PagingHealth, Metrics],
        useFactory: (
          escalations: Escalations,
          directory: Directory,
          feed: AlarmFeed,
          clock: AppClock,
          health: PagingHealth,
          metrics: Metrics,
        ) =>
          new Escalator({
            ...{ ...options, escalations, directory, feed, clock },
            onLook: (look) => metrics.escalation.looked(look),
            onRound: (ok) => health.ran('escalator', ok),
          }),
      },
      {
        provide: PageSender,
        inject: [Escalations, Pagers, AlarmFeed, AppClock, PagingHealth, SiteProcesses],
        useFactory: (
          escalations: Escalations,
          pagers: Pagers,
          feed: AlarmFeed,
          clock: AppClock,
          health: PagingHealth,
          processes: SiteProcesses,
        ) =>
          new PageSender({
            ...{ log: options.log, escalations, pagers, feed, clock },
            gone: () => processes.gone(),
            onRound: (ok) => health.ran('page-sender', ok),
          }),
      },
    ];
    return { module: EscalationModule, providers };
  }
}
