import { type BedId, ExportReason } from '@vigil/contracts';
import { Dialog } from 'radix-ui';
import { useState } from 'react';
import { exportHistory } from '../../live/history-api.js';
import { noFileText } from '../../model/not-sent.js';
import { metricsOf, type PaneId } from '../../model/review.js';
import { momentText, stepText } from '../../model/time-words.js';
import type { TimeSpan } from '../../model/trend.js';
import { useSubmit } from '../../parts/form.js';
import { saveFile } from '../../parts/save-file.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';

const STEPS_S = [0, 60, 300, 900] as const;
const DAY_MS = 86_400_000;

/** What is taken out, and why: the reason stands in the audit trail before the file is made. */
export function ExportDialog(props: {
  readonly bedId: BedId;
  readonly span: TimeSpan;
  readonly panes: readonly PaneId[];
  readonly onClose: () => void;
}) {
  const { bedId, span, panes, onClose } = props;
  const [reason, setReason] = useState<ExportReason>('transfer');
  const isLong = span.toMs - span.fromMs > DAY_MS;
  const [everyS, setEveryS] = useState<number>(isLong ? 60 : 0);
  const { checked } = useIdentity();
  const { busy, error, run } = useSubmit();
  const save = (): void =>
    void run(async () => {
      const wanted = { bedId, metrics: metricsOf(panes), ...span, everyMs: everyS * 1_000 };
      const answer = checked(await exportHistory(wanted, reason));
      if (!answer.ok) return noFileText(answer.trouble, { canBeCoarser: true });
      saveFile(answer.value, 'vigil-history.csv');
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
          <label className="field">
            {t('review:exportReason')}
            <select value={reason} onChange={(event) => setReason(ExportReason.parse(event.target.value))}>
              {ExportReason.options.map((each) => (
                <option key={each} value={each}>
                  {t(`review:reason.${each}`)}
                </option>
              ))}
            </select>
          </label>
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
          <p className="field-hint">{t('review:exportNote')}</p>
          <p className="form-error" role="alert">
            {error}
          </p>
          <div className="dialog-buttons">
            <button type="button" className="button primary" aria-disabled={busy} onClick={save}>
              {busy ? t('review:exportMaking') : t('review:exportDo')}
            </button>
            <Dialog.Close className="button">{t('common:close')}</Dialog.Close>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
