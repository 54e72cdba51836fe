import type { DynamicModule } from '@nestjs/common';
import type { Logger } from 'pino';
import { AlarmRecordsModule } from '../alarms/alarm-records.module.js';
import { AuditKeeperModule } from '../audit/audit-keeper.module.js';
import type { ProcessRole, Settings } from '../config.js';
import { BackupWatchModule } from '../backup/backup-watch.module.js';
import { EhrOutModule } from '../ehr-out/ehr-out.module.js';
import { EhrOutOptions } from '../ehr-out/ehr-out.service.js';
import { EscalationModule } from '../escalation/escalation.module.js';
import { FeedModule } from '../feed/feed.module.js';
import { ReachabilityModule } from '../reachability/reachability.module.js';
import type { ServerConfig } from '../server-config.js';
import { OnCallWatchModule } from '../status/on-call-watch.module.js';
import { StreamModule } from '../stream/stream.module.js';
import { StreamWork } from '../stream/stream-work.js';
import { ehrInOf } from './ehr-in.js';
import { ehrOutOf } from './ehr-out.js';
import { hl7Listening } from './hl7-listening.js';
import { tracingOf } from './open-tracing.js';
import { PinoLog } from './pino-logger.js';
import type { Ports } from './ports.module.js';

type Group = 'alarms' | 'history' | 'live';
type Part = 'escalation' | 'records' | 'hospital';

/** What a process with this role does beside answering (docs/architecture.md, "Several processes"). */
const WORK: Readonly<
  Record<Exclude<ProcessRole, 'watchdog'>, { readonly groups: readonly Group[]; readonly parts: readonly Part[] }>
> = {
  all: { groups: ['alarms', 'history', 'live'], parts: ['escalation', 'records', 'hospital'] },
  api: { groups: ['live'], parts: [] },
  processor: { groups: ['alarms'], parts: [] },
  escalator: { groups: [], parts: ['escalation'] },
  history: { groups: ['history'], parts: ['records'] },
  fhir: { groups: [], parts: ['hospital'] },
};

export interface WorkerOptions {
  readonly settings: Settings;
  readonly ports: Ports;
  readonly config: ServerConfig;
  readonly log: Logger;
  /** Of this build, for what it sends of itself. */
  readonly version: string;
}

/** Does this role answer people? */
export const hasApi = (role: ProcessRole): boolean => role === 'all' || role === 'api';

/** Does this role read partitions that it shares with others? */
export const readsShared = (role: ProcessRole): boolean => role !== 'api' && role !== 'escalator';

/** Does this role write history, and so keep it in order? */
export const keepsHistory = (role: ProcessRole): boolean => role === 'all' || role === 'history';

/** The parts of this process that do work of their own. @throws SettingsError, ClientKeyError */
export async function workersOf({ settings, ports, config, log, version }: WorkerOptions): Promise<readonly DynamicModule[]> {
  if (settings.role === 'watchdog') return [];
  const { groups, parts } = WORK[settings.role];
  const lines = (part: string): PinoLog => new PinoLog(log.child({ part }));
  const workers: DynamicModule[] = [];
  if (parts.includes('records')) {
    workers.push(
      AlarmRecordsModule.from(lines('alarm-records')),
      AuditKeeperModule.from(lines('audit')),
      BackupWatchModule.make(),
    );
  }
  // Where transitions are committed: that is heard in the process itself.
  if (groups.includes('alarms')) workers.push(...tracingOf(settings, version));
  if (groups.length > 0) {
    const origin = settings.source === 'none' ? 'live' : 'simulated';
    workers.push(StreamModule.from(lines('stream'), new StreamWork(origin, new Set(groups))));
  }
  if (parts.includes('escalation')) {
    workers.push(
      EscalationModule.from({ publicUrl: config.publicUrl, log: log.child({ part: 'escalation' }) }),
      OnCallWatchModule.from(lines('on-call')),
      ReachabilityModule.from(lines('reachability')),
    );
  }
  if (parts.includes('hospital')) workers.push(...(await hospital(settings, ports, lines)));
  return workers;
}

/** What goes to and comes from the systems of the hospital. */
async function hospital(settings: Settings, ports: Ports, lines: (part: string) => PinoLog): Promise<readonly DynamicModule[]> {
  const workers: DynamicModule[] = [FeedModule.from(lines('feed'), await hl7Listening(settings))];
  workers.push(...ehrInOf(settings.fhir, () => ports.clock.wallMs(), lines('ehr-in')));
  const ehrOut = ehrOutOf(settings.fhir, ports);
  if (ehrOut !== null) workers.push(EhrOutModule.from(lines('ehr-out'), new EhrOutOptions(ehrOut)));
  return workers;
}
