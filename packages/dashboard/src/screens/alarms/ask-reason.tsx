import { DeclineReason } from '@vigil/contracts';
import { Dialog } from 'radix-ui';
import { useRef, useState } from 'react';
import { shortText } from '../../model/alarm-text.js';
import { GUARD_MS } from '../../model/press-guard.js';
import type { Asked } from '../../parts/later.js';
import { t } from '../../words/words.js';
import { AlarmDialog } from './alarm-dialog.js';
import { type AskReasonProps, askWord } from './ask-word.js';

/** One tap on a reason is the answer: there is no second step. A tap on what has just come up under the finger is none (HZ-D8). */
export function AskReason({ kind, alarm, busy, onReason, asked }: AskReasonProps & Asked) {
  const [open, setOpen] = useState(asked);
  const shownSinceMs = useRef(performance.now());
  const show = (isOpen: boolean): void => {
    shownSinceMs.current = performance.now();
    setOpen(isOpen);
  };
  return (
    <Dialog.Root open={open} onOpenChange={show} modal={false}>
      <Dialog.Trigger className="button small" aria-disabled={busy} data-answer={kind}>
        {askWord({ kind, busy })}
      </Dialog.Trigger>
      <AlarmDialog title={t('alarm:whyDecline')} about={`${alarm.bedLabel}, ${shortText(alarm)}`}>
        <div className="reason-buttons">
          {DeclineReason.options.map((reason) => (
            <button
              key={reason}
              type="button"
              className="button"
              onClick={() => {
                if (performance.now() - shownSinceMs.current < GUARD_MS) return;
                setOpen(false);
                onReason(reason);
              }}
            >
              {t(`alarm:reason.${reason}`)}
            </button>
          ))}
        </div>
        <Dialog.Close className="button small">{t('alarm:cancel')}</Dialog.Close>
      </AlarmDialog>
    </Dialog.Root>
  );
}
