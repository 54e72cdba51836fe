import { type AlarmView, DeclineReason } from '@vigil/contracts';
import { Dialog } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { type AlarmAnswer, answerAlarm } from '../../live/alarm-api.js';
import { answersOf } from '../../model/alarm-answers.js';
import { shortText } from '../../model/alarm-text.js';
import { t } from '../../words/words.js';
import { useIdentity } from '../../shell/identity.js';
import { useAct } from './use-act.js';

/**
 * What a person says beside Accept and Acknowledge: I am there, I pass it on, somebody else has to go. Absent where nobody is signed
 * in and where the alarm does not take it.
 */
export function ExtraAnswers({ alarm, brief }: { alarm: AlarmView; brief?: boolean }) {
  const { user } = useIdentity();
  const { busy, note, act } = useAct(alarm.alarmId, alarm.escalation.rev);
  if (!user) return null;
  const all = answersOf(alarm, user.staffId);
  const can = brief && all.includes('decline') ? all.filter((kind) => kind !== 'arrive') : all;
  const say = (answer: AlarmAnswer): void => void act(() => answerAlarm(alarm, answer));
  if (can.length === 0 && note === '') return null;
  return (
    <div className="extra-answers" data-brief={brief === true}>
      {can.map((kind) =>
        kind === 'arrive' ? (
          <button key={kind} type="button" className="button small" aria-disabled={busy} onClick={() => busy || say({ kind })}>
            {busy ? t('alarms:sending') : t('alarms:arrive')}
          </button>
        ) : (
          <AskReason key={kind} kind={kind} alarm={alarm} busy={busy} onReason={(reason) => say({ kind, reason })} />
        ),
      )}
      <span className="command-note" role="status" data-kind={note === '' ? 'idle' : 'notSent'}>
        {note}
      </span>
    </div>
  );
}

interface AskReasonProps {
  readonly kind: 'decline' | 'pass';
  readonly alarm: AlarmView;
  readonly busy: boolean;
  readonly onReason: (reason: DeclineReason) => void;
}

/** One tap on a reason is the answer: there is no second step. */
function AskReason({ kind, alarm, busy, onReason }: AskReasonProps) {
  const [open, setOpen] = useState(false);
  return (
    <Dialog.Root open={open} onOpenChange={setOpen} modal={false}>
      <Dialog.Trigger className="button small" aria-disabled={busy} data-answer={kind}>
        {busy ? t('alarms:sending') : kind === 'decline' ? t('alarms:decline') : t('alarms:pass')}
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

/** A dialog about one alarm or one patient. Not modal, and not closed by a press beside it: the alarm bar stays within reach. */
export function AlarmDialog({ title, about, children }: { title: string; about: string; children: ReactNode }) {
  return (
    <Dialog.Portal>
      <Dialog.Content className="alarm-dialog" onInteractOutside={(event) => event.preventDefault()}>
        <Dialog.Title>{title}</Dialog.Title>
        <Dialog.Description className="dialog-about">{about}</Dialog.Description>
        {children}
      </Dialog.Content>
    </Dialog.Portal>
  );
}
