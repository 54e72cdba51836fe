import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import type { EscalationPolicy } from '@vigil/domain';
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
  readonly policy: EscalationPolicy;
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
        inject: [Escalations, Directory, AlarmFeed, AppClock],
        useFactory: (escalations: Escalations, directory: Directory, feed: AlarmFeed, clock: AppClock) =>
          new Escalator({ ...options, escalations, directory, feed, clock }),
      },
      {
        provide: PageSender,
        inject: [Escalations, Pagers, AlarmFeed, AppClock],
        useFactory: (escalations: Escalations, pagers: Pagers, feed: AlarmFeed, clock: AppClock) =>
          new PageSender({ log: options.log, escalations, pagers, feed, clock }),
      },
    ];
    return { module: EscalationModule, providers };
  }
}
