import { DeclineReason } from '@vigil/contracts';
import { Dialog } from 'radix-ui';
import { useState } from 'react';
import { shortText } from '../../model/alarm-text.js';
import type { Asked } from '../../parts/later.js';
import { t } from '../../words/words.js';
import { AlarmDialog } from './alarm-dialog.js';
import { type AskReasonProps, askWord } from './extra-answers.js';

/** One tap on a reason is the answer: there is no second step. */
export function AskReason({ kind, alarm, busy, onReason, asked }: AskReasonProps & Asked) {
  const [open, setOpen] = useState(asked);
  return (
    <Dialog.Root open={open} onOpenChange={setOpen} modal={false}>
      <Dialog.Trigger className="button small" aria-disabled={busy} data-answer={kind}>
        {askWord({ kind, busy })}
      </Dialog.Trigger>
      <AlarmDialog title={t('alarms:whyDecline')} about={`${alarm.bedLabel}, ${shortText(alarm)}`}>
        <div className="reason-buttons">
          {DeclineReason.options.map((reason) => (
            <button
              key={reason}
              type="button"
              className="button"
              onClick={() => {
                setOpen(false);
                onReason(reason);
              }}
            >
              {t(`alarms:reason.${reason}`)}
            </button>
          ))}
        </div>
        <Dialog.Close className="button small">{t('alarms:cancel')}</Dialog.Close>
      </AlarmDialog>
    </Dialog.Root>
  );
}
