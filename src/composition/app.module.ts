import { type DynamicModule, Global, Module, type Type } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { IdentityModule } from '../access/identity.module.js';
import { ServiceTokens } from '../access/service-tokens.js';
import { SignOnModule } from '../access/sign-on.module.js';
import { AlarmsModule } from '../alarms/alarms.module.js';
import { AssignmentsModule } from '../assignments/assignments.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { BreakGlassModule } from '../break-glass/break-glass.module.js';
import { ContactsModule } from '../contacts/contacts.module.js';
import { DeadLettersModule } from '../dead-letters/dead-letters.module.js';
import { DisplayModule } from '../display/display.module.js';
import { DevicesModule } from '../devices/devices.module.js';
import { EhrHintsModule } from '../ehr-in/ehr-in.module.js';
import { IntegrationsModule } from '../ehr-out/integrations.module.js';
import { ExplainModule } from '../explain/explain.module.js';
import { TasksModule } from '../feed/tasks.module.js';
import { HealthModule } from '../health/health.module.js';
import { HistoryModule } from '../history/history.module.js';
import { HttpModule } from '../http/http.module.js';
import { KeysModule } from '../keys/keys.module.js';
import { LiveModule } from '../live/live.module.js';
import { OnCallModule } from '../on-call/on-call.module.js';
import { PagesModule } from '../pages/pages.module.js';
import { PatientsModule } from '../patients/patients.module.js';
import { PlacesModule } from '../places/places.module.js';
import { PoliciesModule } from '../policies/policies.module.js';
import { ReportsModule } from '../reports/reports.module.js';
import { RulesModule } from '../rules/rules.module.js';
import { ScoresModule } from '../scores/scores.module.js';
import { ServerConfig } from '../server-config.js';
import { ShelvesModule } from '../shelves/shelves.module.js';
import { StandbyModule } from '../standby/standby.module.js';
import { StatusModule } from '../status/status.module.js';
import { TrayModule } from '../tray/tray.module.js';
import { type Ports, PortsModule } from './ports.module.js';

/** What every module may ask for beside ports: the settings of the server, and the tokens of services. */
@Global()
@Module({})
class ProcessModule {}

export interface AppOptions {
  readonly ports: Ports;
  readonly config: ServerConfig;
  readonly services: ServiceTokens;
  /** Parts that do work of their own: stream, escalation. Left out in tests of the API. */
  readonly workers: readonly (Type | DynamicModule)[];
}

/** The whole platform: the ports, the API, and the workers of this process. */
@Module({})
export class AppModule {
  static from({ ports, config, services, workers }: AppOptions): DynamicModule {
    const providers = [
      { provide: ServerConfig, useValue: config },
      { provide: ServiceTokens, useValue: services },
    ];
    return {
      module: AppModule,
      imports: [
        PortsModule.from(ports),
        { module: ProcessModule, providers, exports: providers },
        HealthModule,
        AccessModule,
        IdentityModule,
        HttpModule,
        SignOnModule,
        AuditModule,
        BreakGlassModule,
        PatientsModule,
        PlacesModule,
        PoliciesModule,
        AssignmentsModule,
        StandbyModule,
        ShelvesModule,
        RulesModule,
        ReportsModule,
        ScoresModule,
        AlarmsModule,
        ExplainModule,
        HistoryModule,
        DevicesModule,
        DisplayModule,
        ContactsModule,
        DeadLettersModule,
        TasksModule,
        EhrHintsModule,
        IntegrationsModule,
        KeysModule,
        OnCallModule,
        PagesModule,
        TrayModule,
        StatusModule,
        LiveModule,
        ...workers,
      ],
    };
  }
}
