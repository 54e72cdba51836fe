import { type BedId, ExportReason } from '@vigil/contracts';
import { Dialog } from 'radix-ui';
import { useState } from 'react';
import { exportPath } from '../../live/history-api.js';
import { metricsOf, type PaneId } from '../../model/review.js';
import { momentText, stepText } from '../../model/time-words.js';
import type { TimeSpan } from '../../model/trend.js';
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
  const href = exportPath({ bedId, metrics: metricsOf(panes), ...span, everyMs: everyS * 1_000 }, reason);
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
          <div className="dialog-buttons">
            <a className="button primary" href={href} download onClick={onClose}>
              {t('review:exportDo')}
            </a>
            <Dialog.Close className="button">{t('common:close')}</Dialog.Close>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
