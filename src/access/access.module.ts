import { Global, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { AuditInterceptor } from '../audit/audit.interceptor.js';
import { AuditWriter } from '../audit/audit-writer.js';
import { ProblemFilter } from '../http/problem.filter.js';
import { AppClock } from '../ports/app-clock.js';
import { SessionStore } from '../ports/session-store.js';
import { Stations } from '../ports/stations.js';
import { ServerConfig } from '../server-config.js';
import { Access } from './access.js';
import { HistoryAccess } from './history-access.js';
import { ServiceTokens } from './service-tokens.js';
import { SessionGuard } from './session.guard.js';
import { Sessions } from './sessions.js';
import { StayAccess } from './stay-access.js';

/**
 * Who may do what, and the row that says so. The guard, the interceptor and the filter hold for every route of the app.
 * Global, because every feature asks `Access`.
 */
@Global()
@Module({
  providers: [
    Access,
    StayAccess,
    HistoryAccess,
    AuditWriter,
    {
      provide: Sessions,
      useFactory: (
        store: SessionStore,
        stations: Stations,
        clock: AppClock,
        services: ServiceTokens,
        { settings }: ServerConfig,
      ): Sessions =>
        new Sessions(store, stations, clock, services, { idleMs: settings.idleLogoffMs, absoluteMs: settings.sessionMs }),
      inject: [SessionStore, Stations, AppClock, ServiceTokens, ServerConfig],
    },
    { provide: APP_GUARD, useClass: SessionGuard },
    { provide: APP_INTERCEPTOR, useClass: AuditInterceptor },
    { provide: APP_FILTER, useClass: ProblemFilter },
  ],
  exports: [Access, StayAccess, HistoryAccess, Sessions, AuditWriter],
})
export class AccessModule {}
