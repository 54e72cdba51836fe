import type { Schedule } from '@vigil/contracts';
import { useId, useState } from 'react';
import { askSwap, shifts } from '../../live/on-call-api.js';
import { onCallTroubleText } from '../../model/on-call-trouble.js';
import { type Shift, turnsOf } from '../../model/rota.js';
import { spanIn } from '../../model/zone-time.js';
import { Form, useSubmit } from '../../parts/form.js';
import { lastOf, queries, useLoad } from '../../parts/use-load.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';
import { useNames } from './on-call-frame.js';
import { PersonSelect } from './person-select.js';

const AHEAD_MS = 28 * 86_400_000;
const HOUR_MS = 3_600_000;

/** A whole turn of mine to somebody, for a whole turn of theirs or for none. */
export function SwapForm(props: {
  readonly schedule: Schedule;
  readonly first: Shift | null;
  readonly onAsked: (said: string) => void;
}) {
  const { schedule, first, onAsked } = props;
  const { scheduleId, content } = schedule;
  const { user, checked, serverNowMs } = useIdentity();
  const { people, nameOf } = useNames();
  const { busy, error, run } = useSubmit();
  const [give, setGive] = useState(first === null ? '' : String(first.fromMs));
  const [to, setTo] = useState('');
  const [take, setTake] = useState('');
  // Of the hour in which the form was opened, so that it is not asked for anew with each look, or under somebody's hands.
  const [fromMs] = useState(() => Math.ceil(serverNowMs() / HOUR_MS) * HOUR_MS);
  const span = { fromMs, toMs: fromMs + AHEAD_MS };
  const { load } = useLoad(['on-call', scheduleId, 'shifts', 'ahead', fromMs], () => shifts(scheduleId, span));
  const plan = lastOf(load);
  if (plan === null) return null;
  const ahead = plan.shifts.filter((shift) => shift.fromMs > serverNowMs());
  const mine = turnsOf(ahead, user?.staffId ?? '');
  if (mine.length === 0) return <p className="state-note">{t('onCall:noTurns')}</p>;
  const theirs = turnsOf(ahead, to);
  const turn = (list: readonly Shift[], chosen: string) => {
    const found = list.find((shift) => String(shift.fromMs) === chosen);
    return found === undefined ? null : { scheduleId, fromMs: found.fromMs, toMs: found.toMs };
  };
  const ask = (): void =>
    void run(async () => {
      const given = turn(mine, give);
      if (given === null) return t('onCall:needTurn');
      if (to === '') return t('onCall:needPerson');
      const answer = checked(await askSwap({ give: given, take: turn(theirs, take), to } as Parameters<typeof askSwap>[0]));
      if (!answer.ok) return onCallTroubleText(answer.trouble);
      onAsked(t('onCall:swapAsked', { name: nameOf(to) }));
      setGive('');
      setTake('');
      await queries.invalidateQueries({ queryKey: ['on-call', 'swaps'] });
      return '';
    });
  return (
    <details className="swap-form" open={first !== null}>
      <summary>{t('onCall:askSwap')}</summary>
      <Form error={error} onSubmit={ask}>
        <div className="fields">
          <TurnSelect label={t('onCall:myTurn')} turns={mine} timeZone={content.timeZone} value={give} onChange={setGive} />
          <PersonSelect
            label={t('onCall:askWhom')}
            name="to"
            people={people.filter(({ staffId }) => staffId !== user?.staffId)}
            value={to}
            onChange={(staffId) => {
              setTo(staffId);
              setTake('');
            }}
          />
          <TurnSelect
            label={t('onCall:theirTurn')}
            turns={theirs}
            timeZone={content.timeZone}
            value={take}
            onChange={setTake}
            none={t('onCall:forNothing')}
          />
        </div>
        <button type="submit" className="button" aria-disabled={busy}>
          {busy ? t('onCall:saving') : t('onCall:sendSwap')}
        </button>
      </Form>
    </details>
  );
}

function TurnSelect(props: {
  readonly label: string;
  readonly turns: readonly Shift[];
  readonly timeZone: string;
  readonly value: string;
  readonly onChange: (fromMs: string) => void;
  readonly none?: string;
}) {
  const id = useId();
  const { label, turns, timeZone, value, onChange, none } = props;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">{none ?? t('onCall:needTurn')}</option>
        {turns.map((shift) => (
          <option key={shift.fromMs} value={String(shift.fromMs)}>
            {spanIn(shift, timeZone)}
          </option>
        ))}
      </select>
    </div>
  );
}
