import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Accounts } from '../ports/accounts.js';
import { AlarmFeed, AlarmState } from '../ports/alarm-state.js';
import { Alarms } from '../ports/alarms.js';
import { AppClock } from '../ports/app-clock.js';
import { AuditTrail } from '../ports/audit-trail.js';
import { Directory } from '../ports/directory.js';
import { Escalations } from '../ports/escalations.js';
import { EventLog } from '../ports/event-log.js';
import { LogRelay } from '../ports/log-relay.js';
import { ObservationStore } from '../ports/observation-store.js';
import { Pagers } from '../ports/pager.js';
import { PartitionOwners } from '../ports/partition-owners.js';
import { RuleSets } from '../ports/rule-sets.js';
import { SessionStore } from '../ports/session-store.js';

/** Every port, answered. The names are those of the classes. */
export interface Ports {
  readonly clock: AppClock;
  readonly accounts: Accounts;
  readonly alarms: Alarms;
  readonly alarmFeed: AlarmFeed;
  readonly alarmState: AlarmState;
  readonly auditTrail: AuditTrail;
  readonly directory: Directory;
  readonly escalations: Escalations;
  readonly eventLog: EventLog;
  readonly logRelay: LogRelay;
  readonly observations: ObservationStore;
  readonly pagers: Pagers;
  readonly partitionOwners: PartitionOwners;
  readonly ruleSets: RuleSets;
  readonly sessionStore: SessionStore;
  /** Called once, after everything that uses the ports has stopped. */
  close(): Promise<void>;
}

class OpenedPorts {
  constructor(readonly ports: Ports) {}
}

/** Gives every port to the whole app. Which adapter answers was decided in `open-ports.ts`. */
@Module({})
export class PortsModule implements OnApplicationShutdown {
  constructor(private readonly opened: OpenedPorts) {}

  static from(ports: Ports): DynamicModule {
    const providers = [
      { provide: AppClock, useValue: ports.clock },
      { provide: Accounts, useValue: ports.accounts },
      { provide: Alarms, useValue: ports.alarms },
      { provide: AlarmFeed, useValue: ports.alarmFeed },
      { provide: AlarmState, useValue: ports.alarmState },
      { provide: AuditTrail, useValue: ports.auditTrail },
      { provide: Directory, useValue: ports.directory },
      { provide: Escalations, useValue: ports.escalations },
      { provide: EventLog, useValue: ports.eventLog },
      { provide: LogRelay, useValue: ports.logRelay },
      { provide: ObservationStore, useValue: ports.observations },
      { provide: Pagers, useValue: ports.pagers },
      { provide: PartitionOwners, useValue: ports.partitionOwners },
      { provide: RuleSets, useValue: ports.ruleSets },
      { provide: SessionStore, useValue: ports.sessionStore },
    ];
    const opened = { provide: OpenedPorts, useValue: new OpenedPorts(ports) };
    return { module: PortsModule, global: true, providers: [...providers, opened], exports: providers };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.opened.ports.close();
  }
}
