import { type BedId, DeidentifiedReason, ExportReason, HistoryExportReason } from '@vigil/contracts';
import { Dialog } from 'radix-ui';
import { useState } from 'react';
import { exportHistory, type HistoryFile } from '../../live/history-api.js';
import { noFileText } from '../../model/not-sent.js';
import { metricsOf, type PaneId } from '../../model/review.js';
import { momentText, stepText } from '../../model/time-words.js';
import type { TimeSpan } from '../../model/trend.js';
import { useSubmit } from '../../parts/form.js';
import { saveFile } from '../../parts/save-file.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';

const STEPS_S = [0, 60, 300, 900] as const;
const FORMATS = ['csv', 'parquet'] as const;
/** Names of forms of files are the same in every language. */
const FORMAT_NAMES = { csv: 'CSV', parquet: 'Parquet' } as const;
const DAY_MS = 86_400_000;

/** What is taken out, and why: the reason stands in the audit trail before the file is made. */
export function ExportDialog(props: {
  readonly bedId: BedId;
  readonly span: TimeSpan;
  readonly panes: readonly PaneId[];
  readonly onClose: () => void;
}) {
  const { bedId, span, panes, onClose } = props;
  const [wanted, setWanted] = useState<HistoryFile>({ reason: 'transfer', format: 'csv', deidentified: false });
  const isLong = span.toMs - span.fromMs > DAY_MS;
  const [everyS, setEveryS] = useState<number>(isLong ? 60 : 0);
  const { checked } = useIdentity();
  const { busy, error, run } = useSubmit();
  const save = (): void =>
    void run(async () => {
      const what = { bedId, metrics: metricsOf(panes), ...span, everyMs: everyS * 1_000 };
      const answer = checked(await exportHistory(what, wanted));
      if (!answer.ok) return noFileText(answer.trouble, { canBeCoarser: true });
      saveFile(answer.value, `vigil-history.${wanted.format}`);
      onClose();
      return '';
    });
  return (
    <Dialog.Root open modal={false} onOpenChange={(open) => (open ? undefined : onClose())}>
      <Dialog.Portal>
        <Dialog.Content className="review-export" aria-describedby={undefined}>
          <Dialog.Title>{t('review:exportTitle')}</Dialog.Title>
          <p>
            {t('review:exportWhat', {
              from: momentText(span.fromMs),
              to: momentText(span.toMs),
              what: panes.map((id) => t(`review:pane.${id}`)).join(', '),
            })}
          </p>
          <FileFields wanted={wanted} onChange={setWanted} />
          <label className="field">
            {t('review:exportStep')}
            <select value={everyS} onChange={(event) => setEveryS(Number(event.target.value))}>
              {STEPS_S.filter((s) => s > 0 || !isLong).map((s) => (
                <option key={s} value={s}>
                  {s === 0 ? t('review:everySample') : stepText(s * 1_000)}
                </option>
              ))}
            </select>
          </label>
          <p className="field-hint">{t(wanted.deidentified ? 'review:exportNoteDeidentified' : 'review:exportNote')}</p>
          <p className="form-error" role="alert">
            {error}
          </p>
          <div className="dialog-buttons">
            <button type="button" className="button primary" aria-disabled={busy} onClick={save}>
              {busy ? t('review:exportMaking') : t('review:exportDo', { format: FORMAT_NAMES[wanted.format] })}
            </button>
            <Dialog.Close className="button">{t('common:close')}</Dialog.Close>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** In which form, whether somebody can be recognised in it, and why: for some reasons nobody needs to be, and then nobody can be. */
function FileFields({ wanted, onChange }: { wanted: HistoryFile; onChange: (next: HistoryFile) => void }) {
  const { reason, format, deidentified } = wanted;
  const reasons = deidentified ? HistoryExportReason.options : ExportReason.options;
  const name = (next: boolean): HistoryFile => {
    const stays = next || !DeidentifiedReason.safeParse(reason).success;
    return { ...wanted, deidentified: next, reason: stays ? reason : 'transfer' };
  };
  return (
    <>
      <label className="field">
        {t('review:exportFormat')}
        <select
          value={format}
          onChange={(event) => onChange({ ...wanted, format: event.target.value === 'parquet' ? 'parquet' : 'csv' })}
        >
          {FORMATS.map((each) => (
            <option key={each} value={each}>
              {t(`review:formatFor.${each}`)}
            </option>
          ))}
        </select>
      </label>
      <label className="check">
        <input type="checkbox" checked={deidentified} onChange={(event) => onChange(name(event.target.checked))} />
        {t('review:exportDeidentified')}
      </label>
      <label className="field">
        {t('review:exportReason')}
        <select
          value={reason}
          onChange={(event) => onChange({ ...wanted, reason: HistoryExportReason.parse(event.target.value) })}
        >
          {reasons.map((each) => (
            <option key={each} value={each}>
              {t(`review:reason.${each}`)}
            </option>
          ))}
        </select>
      </label>
    </>
  );
}
