import type { AlarmView } from '@vigil/contracts';
import { type AlarmAnswer, answerAlarm } from '../../live/alarm-api.js';
import { answersOf } from '../../model/alarm-answers.js';
import { later } from '../../parts/later.js';
import { t } from '../../words/words.js';
import { useIdentity } from '../../shell/identity.js';
import { type AskReasonProps, askWord } from './ask-word.js';
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

const AskReason = later<AskReasonProps>(
  async () => (await import('./ask-reason.js')).AskReason,
  ({ kind, busy, ask }) => (
    <button type="button" className="button small" aria-haspopup="dialog" data-answer={kind} onClick={ask}>
      {askWord({ kind, busy })}
    </button>
  ),
);
