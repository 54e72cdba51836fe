import type { Schedule, Swap, SwapTurn } from '@vigil/contracts';
import { useState } from 'react';
import { answerSwap, type SwapAnswer, swaps } from '../../live/on-call-api.js';
import type { Trouble } from '../../live/problem.js';
import { onCallTroubleText } from '../../model/on-call-trouble.js';
import type { Shift } from '../../model/rota.js';
import { momentText } from '../../model/time-words.js';
import { spanIn } from '../../model/zone-time.js';
import { Loaded, Section } from '../../parts/parts.js';
import { queries, useLoad } from '../../parts/use-load.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';
import { useNames } from './on-call-frame.js';
import { SwapForm } from './swap-form.js';

const EVERY_MS = 30_000;

/** Turns that one has asked somebody to take, and those that one is asked to take. */
export function SwapsSection(props: {
  readonly schedule: Schedule;
  readonly schedules: readonly Schedule[];
  /** A turn of one's own that was chosen on the grid. */
  readonly first: Shift | null;
}) {
  const { schedule, schedules, first } = props;
  const { load, again } = useLoad(['on-call', 'swaps'], swaps, { everyMs: EVERY_MS });
  const [asked, setAsked] = useState('');
  return (
    <Section title={t('onCall:swapsTitle')}>
      <Loaded load={load} again={again} what={t('onCall:whatSwaps')}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="state-note">{t('onCall:noSwaps')}</p>
          ) : (
            <ul className="rows">
              {items.map((swap) => (
                <SwapRow key={swap.swapId} swap={swap} schedules={schedules} />
              ))}
            </ul>
          )
        }
      </Loaded>
      {asked ? <p role="status">{asked}</p> : null}
      <SwapForm key={first === null ? 'free' : first.fromMs} schedule={schedule} first={first} onAsked={setAsked} />
    </Section>
  );
}

function SwapRow({ swap, schedules }: { swap: Swap; schedules: readonly Schedule[] }) {
  const { user, checked } = useIdentity();
  const { nameOf } = useNames();
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const isMine = swap.askedBy === user?.staffId;
  const name = nameOf(isMine ? swap.to : swap.askedBy);
  const turnText = (turn: SwapTurn): string => {
    const content = schedules.find(({ scheduleId }) => scheduleId === turn.scheduleId)?.content;
    const zone = content?.timeZone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone;
    return t('onCall:turnText', { span: spanIn(turn, zone), schedule: content?.label ?? turn.scheduleId });
  };
  const answer = async (said: SwapAnswer): Promise<void> => {
    if (busy) return;
    setBusy(true);
    const answered = checked(await answerSwap(swap, said));
    setBusy(false);
    setTrouble(answered.ok ? null : answered.trouble);
    await queries.invalidateQueries({ queryKey: ['on-call'] });
  };
  const line = { name, turn: turnText(swap.give) };
  const button = (said: SwapAnswer) => (
    <button key={said} type="button" className="button" aria-disabled={busy} onClick={() => void answer(said)}>
      {busy ? t('onCall:saving') : t(`onCall:${said}`)}
      <span className="visually-hidden">{t('onCall:forSwapOf', { name })}</span>
    </button>
  );
  return (
    <li data-disabled={swap.state !== 'open'}>
      <span>
        <b>{isMine ? t('onCall:swapIAsked', line) : t('onCall:swapAskedMe', line)}</b>
        {swap.take === null ? null : (
          <>
            <br />
            {t('onCall:swapFor', { turn: turnText(swap.take) })}
          </>
        )}
        <br />
        <span className="field-hint">{t(`onCall:swapState_${swap.state}`, { at: momentText(swap.untilMs) })}</span>
        {trouble ? (
          <span className="form-error" role="alert">
            {onCallTroubleText(trouble)}
          </span>
        ) : null}
      </span>
      {swap.state !== 'open' ? null : (
        <span className="row-actions">{isMine ? button('withdraw') : [button('agree'), button('decline')]}</span>
      )}
    </li>
  );
}
