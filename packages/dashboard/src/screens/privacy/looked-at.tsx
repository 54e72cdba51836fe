import type { AuditRow, BreakGlassGrant } from '@vigil/contracts';
import { useState } from 'react';
import { auditRows } from '../../live/office-api.js';
import { TroubleNote, whenText } from '../../parts/parts.js';
import { usePages } from '../../parts/use-pages.js';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';

/** A look may be written down a moment after the grant has ended. */
const AFTER_MS = 60_000;

/** What was looked at under one emergency access; asked for when somebody wants to see it, because that is in the trail too. */
export function LookedAt({ grant }: { grant: BreakGlassGrant }) {
  const [open, setOpen] = useState(false);
  return (
    <details className="looked-at" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t('privacy:lookedAtUnder')}</summary>
      {open ? <Looks grant={grant} /> : null}
    </details>
  );
}

function Looks({ grant: { grantId, staffId, patientId, openedMs, endsMs } }: { grant: BreakGlassGrant }) {
  const filter = { actor: staffId, patient: patientId, from: Math.floor(openedMs), to: Math.ceil(endsMs) + AFTER_MS };
  const pages = usePages<AuditRow>(grantId, (cursor) => auditRows(filter, cursor));
  const rows = pages.items.filter((row) => row.grantId === grantId);
  if (pages.trouble) return <TroubleNote trouble={pages.trouble} again={pages.again} />;
  if (pages.busy) return <p role="status">{t('common:loading')}</p>;
  if (rows.length === 0) return <p className="state-note">{t('privacy:lookedAtNone')}</p>;
  return (
    <>
      <ul className="looked-at">
        {rows.map((row) => (
          <li key={row.seq}>
            {whenText(row.atMs)} <b>{row.action}</b> <bdi>{plainText(row.object)}</bdi> {t(`privacy:outcome_${row.outcome}`)}
          </li>
        ))}
      </ul>
      {pages.next ? <p className="state-note">{t('privacy:lookedAtMore')}</p> : null}
    </>
  );
}
