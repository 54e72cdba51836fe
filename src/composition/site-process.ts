import type { Logger } from 'pino';
import { AuditSpool } from '../audit/audit-spool.js';
import type { Integrations } from '../health/integrations.js';
import type { Metrics } from '../health/metrics.js';
import type { PagingHealth } from '../health/paging-health.js';
import type { Readiness } from '../health/readiness.js';
import { registerSiteMetrics } from '../health/site-metrics.js';
import type { SiteProcesses } from '../health/site-processes.js';
import { ProcessWords } from '../processes/process-words.js';
import type { Settings } from '../config.js';
import type { Opened } from './open-ports.js';
import { readsShared } from './workers.js';

const INTEGRATIONS_EVERY_MS = 5_000;
/** Between two looks for audit entries that a process has left which is gone. */
const SPOOL_LOOK_EVERY_MS = 30_000;
const STALE_MS = 5_000;
const PAGING_SILENT_MS = 10_000;

export interface SiteProcessParts {
  readonly opened: Opened;
  readonly settings: Settings;
  readonly buildId: string;
  readonly processes: SiteProcesses;
  readonly paging: PagingHealth;
  readonly integrations: Integrations;
  readonly readiness: Readiness;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** This process among the others of its site: says what it does, hears what they do, and keeps its audit spool empty. */
export function siteProcess(parts: SiteProcessParts): ProcessWords {
  const { opened, settings, buildId, processes, paging, integrations, metrics, log } = parts;
  const { clock, auditTrail, auditSpool } = opened.ports;
  opened.hears(processes);
  registerSiteMetrics(metrics.registry, { processes, readiness: parts.readiness, role: settings.role });
  const readiness = partsOf(parts);
  const due = { integrationsMs: 0, spoolMs: 0 };
  const isDue = (what: keyof typeof due, everyMs: number): boolean => {
    const nowMs = clock.steady().atMs;
    if (nowMs - due[what] < everyMs) return false;
    due[what] = nowMs;
    return true;
  };
  const isAlive = (name: string | null): boolean =>
    processes.others().some((other) => other.processId === name || (name === null && other.word.role === 'all'));
  const onTurn = (isHeard: boolean): void => {
    paging.followWatchdog();
    readiness(isHeard);
    if (isDue('integrationsMs', INTEGRATIONS_EVERY_MS)) void integrations.tell().catch(() => undefined);
    const left =
      isHeard && isDue('spoolMs', SPOOL_LOOK_EVERY_MS) ? auditSpool.adopt(isAlive, clock.wallMs()) : Promise.resolve(0);
    void left.then(() => auditSpool.merge(auditTrail, clock.wallMs())).catch(() => undefined);
    metrics.audit.spool(auditSpool.waiting, auditSpool.lost);
  };
  return new ProcessWords({
    ...{ siblings: opened.siblings, news: opened.news, owners: opened.ports.partitionOwners, processes, clock, buildId },
    ...{ processId: opened.processId, role: settings.role, frees: readsShared(settings.role), onTurn },
    onTrouble: (code) => {
      if (code === null) log.info('the other processes of the site are heard again');
      else log.warn({ code }, 'the other processes of the site are not heard');
    },
    onFreed: (count) => log.warn({ processes: count }, 'partitions of processes that are gone were freed'),
  });
}

/** What the readiness check says of a process that is a part of a site; a whole Vigil in one process says it by its other parts. */
function partsOf({ settings: { role }, readiness, paging }: SiteProcessParts): (isHeard: boolean) => void {
  if (role === 'all') return () => undefined;
  const site = readiness.expect('site', { staleMs: STALE_MS });
  // Degrades only: a site that finds no alarms is best shown by screens that say so, and `?site=1` says it to the watchdog.
  const processors = role === 'api' ? readiness.expect('processors', { staleMs: STALE_MS, degradesOnly: true }) : null;
  const loops = role === 'escalator' ? readiness.expect('paging', { staleMs: STALE_MS }) : null;
  return (isHeard) => {
    if (isHeard) site.ok();
    else site.failed('store-unavailable');
    if (readiness.processing()) processors?.ok();
    else processors?.failed('no process finds alarms, or not all of them');
    const slowest = Math.max(...(['escalator', 'page-sender'] as const).map((loop) => paging.ages(loop).okMs ?? Infinity));
    if (slowest <= PAGING_SILENT_MS) loops?.ok();
    else loops?.failed('escalations or pages stand still');
  };
}

/** Entries that wait on the disk, in a file of this process alone: two that wrote one file would lose each other's. */
export function auditSpoolOf({ role, dataDir }: Pick<Settings, 'role' | 'dataDir'>, processId: string): AuditSpool {
  return role === 'all' ? new AuditSpool(dataDir) : new AuditSpool(dataDir, { name: processId });
}
