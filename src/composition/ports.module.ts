import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';
import { DisplaySettings } from '@vigil/contracts';
import { NoIdentityProvider } from '../adapters/openid/no-identity-provider.js';
import { Accounts } from '../ports/accounts.js';
import { AlarmRecords } from '../ports/alarm-records.js';
import { AlarmLabels } from '../ports/alarm-labels.js';
import { AlarmSnapshots } from '../ports/alarm-snapshots.js';
import { AlarmFeed, AlarmState } from '../ports/alarm-state.js';
import { Alarms } from '../ports/alarms.js';
import { AppClock } from '../ports/app-clock.js';
import { AuditSpool } from '../audit/audit-spool.js';
import { AuditAnchors } from '../ports/audit-anchor.js';
import { AuditLog } from '../ports/audit-log.js';
import { AuditTrail } from '../ports/audit-trail.js';
import { BreakGlass } from '../ports/break-glass.js';
import { CareRelations } from '../ports/care-relations.js';
import { Contacts } from '../ports/contacts.js';
import { TestPages } from '../ports/test-pages.js';
import { Corrections } from '../ports/corrections.js';
import { DeadLetters } from '../ports/dead-letters.js';
import { DeviceAssignments } from '../ports/device-assignments.js';
import { DeviceRegistry } from '../ports/device-registry.js';
import { Directory } from '../ports/directory.js';
import { DutyChecks } from '../ports/duty-checks.js';
import { EhrLinks } from '../ports/ehr-links.js';
import { EhrOut } from '../ports/ehr-out.js';
import { EscalationPolicies } from '../ports/escalation-policies.js';
import { Escalations } from '../ports/escalations.js';
import { EventLog } from '../ports/event-log.js';
import { FeedRecords } from '../ports/feed-records.js';
import { Fleet } from '../ports/fleet.js';
import { HeldMessages } from '../ports/held-messages.js';
import { HistoryHealth, NothingRefused } from '../ports/history-health.js';
import { IdentityLinks } from '../ports/identity-links.js';
import { IdentityProvider } from '../ports/identity-provider.js';
import { Inbound } from '../ports/inbound.js';
import { LogRelay } from '../ports/log-relay.js';
import { ObservationStore } from '../ports/observation-store.js';
import { AlwaysMine, Once } from '../ports/once.js';
import { OnCallTroubles } from '../ports/on-call-troubles.js';
import { OnCall } from '../ports/on-call.js';
import { Pagers } from '../ports/pager.js';
import { OutsideAddresses } from '../ports/outside-addresses.js';
import { PartitionOwners } from '../ports/partition-owners.js';
import { Places } from '../ports/places.js';
import { PrivacyMail } from '../ports/privacy-mail.js';
import { ProviderCallbacks } from '../ports/provider-callbacks.js';
import { PushKeys } from '../ports/push-keys.js';
import { RecordKeys } from '../ports/record-keys.js';
import { Reports } from '../ports/reports.js';
import { RuleSetVersions } from '../ports/rule-set-versions.js';
import { RuleSets } from '../ports/rule-sets.js';
import { Scores } from '../ports/scores.js';
import { SecondFactors } from '../ports/second-factors.js';
import { SessionStore } from '../ports/session-store.js';
import { SiteDisplay } from '../ports/site-display.js';
import { SiteSecrets } from '../ports/site-secrets.js';
import { SiteStore } from '../ports/site-store.js';
import { AudioPauses } from '../ports/audio-pauses.js';
import { ShelfStore } from '../ports/shelves.js';
import { StandbyStore } from '../ports/standby.js';
import { StationWatches } from '../ports/station-watches.js';
import { Stations } from '../ports/stations.js';
import { StayLimitStore } from '../ports/stay-limits.js';
import { StoreHealth } from '../ports/store-health.js';
import { Tasks } from '../ports/tasks.js';
import { Tickets } from '../ports/tickets.js';

/** Every port, answered. The names are those of the classes. */
export interface Ports {
  readonly clock: AppClock;
  readonly accounts: Accounts;
  readonly alarms: Alarms;
  readonly alarmFeed: AlarmFeed;
  readonly alarmRecords: AlarmRecords;
  readonly alarmLabels: AlarmLabels;
  readonly alarmSnapshots: AlarmSnapshots;
  readonly alarmState: AlarmState;
  readonly auditAnchors: AuditAnchors;
  readonly auditLog: AuditLog;
  /** Where audit entries wait while the trail is away. */
  readonly auditSpool: AuditSpool;
  readonly auditTrail: AuditTrail;
  readonly breakGlass: BreakGlass;
  readonly careRelations: CareRelations;
  readonly contacts: Contacts;
  readonly testPages: TestPages;
  readonly corrections: Corrections;
  readonly deadLetters: DeadLetters;
  readonly deviceAssignments: DeviceAssignments;
  readonly deviceRegistry: DeviceRegistry;
  readonly directory: Directory;
  readonly dutyChecks: DutyChecks;
  readonly ehrLinks: EhrLinks;
  readonly ehrOut: EhrOut;
  readonly escalations: Escalations;
  readonly eventLog: EventLog;
  readonly feedRecords: FeedRecords;
  readonly fleet: Fleet;
  /** Messages that are nobody's yet. */
  readonly heldMessages: HeldMessages;
  readonly identityLinks: IdentityLinks;
  /** None where the site has no provider. */
  readonly identityProvider?: IdentityProvider;
  readonly inbound: Inbound;
  readonly logRelay: LogRelay;
  readonly observations: ObservationStore;
  readonly onCallTroubles: OnCallTroubles;
  /** Left out: the only process of a site. */
  readonly once?: Once;
  readonly onCall: OnCall;
  readonly pagers: Pagers;
  readonly outsideAddresses: OutsideAddresses;
  readonly providerCallbacks: ProviderCallbacks;
  readonly pushKeys: PushKeys;
  readonly partitionOwners: PartitionOwners;
  readonly places: Places;
  readonly policies: EscalationPolicies;
  readonly privacyMail: PrivacyMail;
  readonly recordKeys: RecordKeys;
  readonly reports: Reports;
  readonly ruleSets: RuleSets;
  readonly ruleSetVersions: RuleSetVersions;
  readonly scores: Scores;
  readonly secondFactors: SecondFactors;
  readonly sessionStore: SessionStore;
  /** Left out: what holds where a site has said nothing. */
  readonly siteDisplay?: SiteDisplay;
  readonly siteSecrets: SiteSecrets;
  readonly siteStore: SiteStore;
  readonly standby: StandbyStore;
  readonly shelves: ShelfStore;
  readonly audioPauses: AudioPauses;
  readonly stations: Stations;
  readonly stationWatches: StationWatches;
  readonly stayLimits: StayLimitStore;
  /** How the stores outside are; left out where nothing stands before them. */
  readonly storeHealth?: StoreHealth;
  readonly historyHealth?: HistoryHealth;
  readonly tasks: Tasks;
  readonly tickets: Tickets;
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
      { provide: AlarmRecords, useValue: ports.alarmRecords },
      { provide: AlarmLabels, useValue: ports.alarmLabels },
      { provide: AlarmSnapshots, useValue: ports.alarmSnapshots },
      { provide: AlarmState, useValue: ports.alarmState },
      { provide: AuditAnchors, useValue: ports.auditAnchors },
      { provide: AuditLog, useValue: ports.auditLog },
      { provide: AuditSpool, useValue: ports.auditSpool },
      { provide: AuditTrail, useValue: ports.auditTrail },
      { provide: BreakGlass, useValue: ports.breakGlass },
      { provide: CareRelations, useValue: ports.careRelations },
      { provide: Contacts, useValue: ports.contacts },
      { provide: TestPages, useValue: ports.testPages },
      { provide: Corrections, useValue: ports.corrections },
      { provide: DeadLetters, useValue: ports.deadLetters },
      { provide: DeviceAssignments, useValue: ports.deviceAssignments },
      { provide: DeviceRegistry, useValue: ports.deviceRegistry },
      { provide: Directory, useValue: ports.directory },
      { provide: DutyChecks, useValue: ports.dutyChecks },
      { provide: EhrLinks, useValue: ports.ehrLinks },
      { provide: EhrOut, useValue: ports.ehrOut },
      { provide: Escalations, useValue: ports.escalations },
      { provide: EventLog, useValue: ports.eventLog },
      { provide: FeedRecords, useValue: ports.feedRecords },
      { provide: Fleet, useValue: ports.fleet },
      { provide: HeldMessages, useValue: ports.heldMessages },
      { provide: IdentityLinks, useValue: ports.identityLinks },
      { provide: IdentityProvider, useValue: ports.identityProvider ?? new NoIdentityProvider() },
      { provide: Inbound, useValue: ports.inbound },
      { provide: LogRelay, useValue: ports.logRelay },
      { provide: ObservationStore, useValue: ports.observations },
      { provide: OnCallTroubles, useValue: ports.onCallTroubles },
      { provide: Once, useValue: ports.once ?? new AlwaysMine() },
      { provide: OnCall, useValue: ports.onCall },
      { provide: OutsideAddresses, useValue: ports.outsideAddresses },
      { provide: Pagers, useValue: ports.pagers },
      { provide: PartitionOwners, useValue: ports.partitionOwners },
      { provide: Places, useValue: ports.places },
      { provide: EscalationPolicies, useValue: ports.policies },
      { provide: PrivacyMail, useValue: ports.privacyMail },
      { provide: ProviderCallbacks, useValue: ports.providerCallbacks },
      { provide: PushKeys, useValue: ports.pushKeys },
      { provide: RecordKeys, useValue: ports.recordKeys },
      { provide: Reports, useValue: ports.reports },
      { provide: RuleSets, useValue: ports.ruleSets },
      { provide: RuleSetVersions, useValue: ports.ruleSetVersions },
      { provide: Scores, useValue: ports.scores },
      { provide: SecondFactors, useValue: ports.secondFactors },
      { provide: SessionStore, useValue: ports.sessionStore },
      { provide: SiteDisplay, useValue: ports.siteDisplay ?? { settings: DisplaySettings.parse({}) } },
      { provide: SiteSecrets, useValue: ports.siteSecrets },
      { provide: SiteStore, useValue: ports.siteStore },
      { provide: StandbyStore, useValue: ports.standby },
      { provide: ShelfStore, useValue: ports.shelves },
      { provide: AudioPauses, useValue: ports.audioPauses },
      { provide: Stations, useValue: ports.stations },
      { provide: StationWatches, useValue: ports.stationWatches },
      { provide: StayLimitStore, useValue: ports.stayLimits },
      { provide: StoreHealth, useValue: ports.storeHealth ?? { stores: () => [] } },
      { provide: HistoryHealth, useValue: ports.historyHealth ?? new NothingRefused() },
      { provide: Tasks, useValue: ports.tasks },
      { provide: Tickets, useValue: ports.tickets },
    ];
    const opened = { provide: OpenedPorts, useValue: new OpenedPorts(ports) };
    return { module: PortsModule, global: true, providers: [...providers, opened], exports: providers };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.opened.ports.close();
  }
}
