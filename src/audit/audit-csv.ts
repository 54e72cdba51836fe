import { type Cell, csvOf } from '../http/csv.js';
import type { AuditLog } from '../ports/audit-log.js';
import { auditRowOf } from './audit-event.js';
import type { ExportRequest } from './export.js';

const READ = 200;
const HEAD = [
  ...['seq', 'recorded', 'actor', 'roles', 'action', 'object', 'patients', 'outcome', 'detail'],
  ...['address', 'station', 'session', 'purpose', 'emergencyAccess'],
];

/**
 * The audit trail as lines for a spreadsheet (RFC 4180), oldest first. Nothing proves it: whoever needs that takes the
 * lines of JSON.
 *
 * @throws PlatformError('audit-unavailable') also in the middle
 */
export async function* csvLines(log: AuditLog, { patientId, fromMs, toMs }: ExportRequest): AsyncGenerator<string> {
  yield line(HEAD);
  let entries = 0;
  for (let afterSeq = 0; ;) {
    const batch = await log.read({ afterSeq, toSeq: Number.MAX_SAFE_INTEGER, patientId, fromMs, toMs, limit: READ });
    const last = batch.at(-1);
    if (last === undefined) break;
    for (const { seq, content } of batch) {
      const row = auditRowOf(seq, content);
      yield line([
        ...[seq, new Date(row.atMs).toISOString(), row.actor, row.roles.join(' '), row.action, row.object],
        ...[row.patientIds.join(' '), row.outcome, row.detail, row.ip, row.stationId, row.sessionRef],
        ...[row.purpose, row.grantId],
      ]);
    }
    entries += batch.length;
    afterSeq = last.seq;
    await new Promise((resolve) => setImmediate(resolve));
  }
  // Without it the file was cut off.
  yield line([`end: ${entries} entries`]);
}

const line = (cells: readonly Cell[]): string => csvOf([cells]);
