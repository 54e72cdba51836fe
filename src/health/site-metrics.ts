import { Gauge, type Registry } from 'prom-client';
import type { Readiness } from './readiness.js';
import type { SiteProcesses } from './site-processes.js';

export interface SiteMetricsParts {
  readonly processes: SiteProcesses;
  readonly readiness: Pick<Readiness, 'processing'>;
  /** Of this process. */
  readonly role: string;
}

/** The groups whose partitions are shared by processes; screens read all for themselves. */
const SHARED = ['alarms', 'history'] as const;

/**
 * What one process knows of the whole site, from the words of the others: the same figure at each of them, so alerts take the greatest or the
 * least and no sum. Roles that were here once stay, with 0, so that the last of them is missed.
 */
export function registerSiteMetrics(registry: Registry, { processes, readiness, role }: SiteMetricsParts): void {
  const registers = [registry];
  const seen = new Set<string>([role]);
  const living = new Gauge({
    name: 'vigil_site_processes',
    help: 'Processes of this role that live, as this one hears of them; 0 for a role that was here since this one began',
    labelNames: ['part'],
    registers,
    collect() {
      const roles = [role, ...processes.others().map(({ word }) => word.role)];
      for (const each of roles) seen.add(each);
      for (const each of seen) this.set({ part: each }, roles.filter((one) => one === each).length);
    },
  });
  const processing = new Gauge({
    name: 'vigil_site_processing',
    help: '1 while alarms are found, in this process or in others, as screens are told',
    registers,
    collect() {
      this.set(readiness.processing() ? 1 : 0);
    },
  });
  const read = new Gauge({
    name: 'vigil_site_partitions_read',
    help: 'Partitions of the log that some process of the site reads in time, by group',
    labelNames: ['group'],
    registers,
    collect() {
      const { groups = {} } = processes.own();
      for (const group of SHARED) {
        const own = groups[group]?.partitions ?? [];
        this.set({ group }, new Set([...own, ...processes.partitionsElsewhere(group)]).size);
      }
    },
  });
  void [living, processing, read];
}
