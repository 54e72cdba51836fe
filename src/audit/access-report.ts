import type { AccessReport, PatientId } from '@vigil/contracts';
import type { AuditLog } from '../ports/audit-log.js';
import { accessLine } from './access-words.js';
import { parseAuditContent } from './audit-event.js';

/** Lines of one report; a longer time is asked for in parts. */
export const LINES_MAX = 2_000;

/**
 * Everybody who saw or changed the record of one patient, oldest first, in plain words. Names staff, never the patient;
 * also for a patient who was discharged or erased.
 *
 * @param names of staff by id; those who have left are shown by their id
 * @throws PlatformError('audit-unavailable')
 */
export async function accessReport(
  log: AuditLog,
  request: { readonly patientId: PatientId; readonly fromMs: number; readonly toMs: number; readonly madeAtMs: number },
  names: ReadonlyMap<string, string>,
): Promise<AccessReport> {
  const { patientId, fromMs, toMs, madeAtMs } = request;
  const range = { afterSeq: 0, toSeq: Number.MAX_SAFE_INTEGER, patientId, fromMs, toMs, limit: LINES_MAX + 1 };
  const entries = await log.read(range);
  const lines = entries.slice(0, LINES_MAX).map(({ content }) => accessLine(parseAuditContent(content), names));
  const times = { fromMs, toMs, madeAtMs } as Pick<AccessReport, 'fromMs' | 'toMs' | 'madeAtMs'>;
  return { patientId, ...times, cut: entries.length > LINES_MAX, lines };
}

/** The report as a page to print. No style of its own, because the content policy allows none in a page. */
export function accessReportPage({ patientId, fromMs, toMs, madeAtMs, cut, lines }: AccessReport): string {
  const rows = lines.map(({ atMs, who, roles, what, from, why, emergency }) => {
    const cells = [time(atMs), `${who}${roles.length === 0 ? '' : ` (${roles.join(', ')})`}`, what, from, why].map(escaped);
    const why5 = emergency ? `<strong>${cells[4]}</strong>` : cells[4];
    return `<tr><td>${cells.slice(0, 4).join('</td><td>')}</td><td>${why5}</td></tr>`;
  });
  const more = cut ? '<p><strong>There are more lines than fit here. Ask again from the time of the last line.</strong></p>' : '';
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="robots" content="noindex"><title>Access report</title></head>
<body>
<h1>Who saw or changed the record</h1>
<p>Record ${escaped(patientId)}, from ${time(fromMs)} up to ${time(toMs)}. Made ${time(madeAtMs)}. Times are UTC.</p>
<table border="1">
<thead><tr><th scope="col">When</th><th scope="col">Who</th><th scope="col">What</th><th scope="col">From where</th><th scope="col">Why</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
<p>${lines.length} lines.</p>${more}
</body>
</html>
`;
}

function time(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').slice(0, 19);
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
