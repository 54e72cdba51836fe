import type { Clock } from '@vigil/clock';
import { PlatformError } from '@vigil/domain';
import { Registry } from 'prom-client';
import type { SqlStores } from '../adapters/sql/index.js';
import { readSettings } from '../config.js';
import { EhrOutMetrics } from '../ehr-out/ehr-out-metrics.js';
import { EhrOutWork } from '../ehr-out/ehr-out-work.js';
import { rebuild } from '../ehr-out/rebuild.js';
import { auditEntry } from '../ports/audit-trail.js';
import { type Machine, withCommandStores } from './command-stores.js';
import { ehrOutOf } from './ehr-out.js';
import { historyOfCommand } from './open-history.js';

export interface EhrExport extends Machine {
  /** Event time, half open. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly progress: (line: string) => void;
}

/**
 * Sends what history has of a time to the FHIR server, for what the log no longer held when the server came back. It goes under the
 * names that it would have had, so that what is there stays as it is. May run beside Vigil, and again.
 *
 * @returns lines for the terminal
 * @throws Error with one line that says what to do
 */
export async function ehrExportCommand({ dataDir, env, fromMs, toMs, progress }: EhrExport): Promise<string[]> {
  const settings = readSettings({ ...env, VIGIL_DATA_DIR: dataDir });
  // History does not say where a reading came from, so nothing of a site that has other sources goes into a patient's record.
  if (settings.source !== 'none') throw new Error('VIGIL_SOURCE is not none: this site has data that were measured on nobody');
  try {
    return await withCommandStores({ dataDir, env }, async (stores, clock) => {
      const history = historyOfCommand(settings, clock);
      const { observations } = history;
      try {
        const parts = ehrOutOf(settings.fhir, { ...stores, observations, clock });
        if (parts === null) throw new Error('FHIR_BASE_URL is not set, or FHIR_OUT is none: there is nowhere to send to');
        const signal = new AbortController().signal;
        const work = new EhrOutWork({ ...parts, metrics: new EhrOutMetrics(new Registry()), clock, signal });
        return await exportAll({ stores, work, clock, fromMs, toMs, progress });
      } finally {
        history.close();
      }
    });
  } catch (error) {
    throw error instanceof PlatformError
      ? new Error(`${error.code}: it can not be done now; see docs/runbook.md#${error.code}`, { cause: error })
      : error;
  }
}

interface Export extends Pick<EhrExport, 'fromMs' | 'toMs' | 'progress'> {
  readonly stores: SqlStores;
  readonly work: EhrOutWork;
  readonly clock: Clock;
}

async function exportAll({ stores, work, clock, fromMs, toMs, progress }: Export): Promise<string[]> {
  const { rebuilding } = work;
  // As far back as the time that is sent: where devices stood then says whose a reading is.
  await rebuilding.whereabouts.refresh(fromMs);
  const beds = await stores.directory.beds();
  const all = { sent: 0, kept: 0, leftOut: 0 };
  for (const { bedId } of beds) {
    const { sent, kept, leftOut } = await rebuild(rebuilding, { bedId, fromMs, toMs });
    all.sent += sent;
    all.kept += kept;
    all.leftOut += leftOut;
    progress(`${bedId}: ${sent} there, ${kept} wait, ${leftOut} left out`);
  }
  const detail = `${fromMs}..${toMs}: ${all.sent} there, ${all.kept} wait, ${all.leftOut} left out`;
  const known = { actor: 'system:cli', action: 'ehr.export', object: 'history', outcome: 'allowed' as const, detail };
  await stores.auditTrail.append(auditEntry(known), Math.round(clock.wallMs()));
  return [
    `${all.sent} Observations are there; ${all.leftOut} values have no one device that history knows, and are left out`,
    ...(all.kept === 0
      ? []
      : [`${all.kept} wait, because the server does not know the patient or refuses them: GET /api/v1/integrations`]),
  ];
}
