import type { OverrideView, Schedule } from '@vigil/contracts';
import { useState } from 'react';
import { endOverride, overrides, preview, shifts, type Span } from '../../live/on-call-api.js';
import { type Trouble, troubleOf } from '../../live/problem.js';
import { newGaps } from '../../model/rota.js';
import { momentText } from '../../model/time-words.js';
import { spanIn } from '../../model/zone-time.js';
import { Loaded, Section, TroubleNote } from '../../parts/parts.js';
import { queries, useLoad } from '../../parts/use-load.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';
import { useNames } from './on-call-frame.js';

interface OverridesProps {
  readonly schedule: Schedule;
  readonly span: Span;
  readonly mayEnd: boolean;
}

/** What differs from the rotations in this week, also what was taken back. */
export function OverridesSection({ schedule, span, mayEnd }: OverridesProps) {
  const { scheduleId } = schedule;
  const { load, again } = useLoad(['on-call', scheduleId, 'overrides', span.fromMs], () => overrides(scheduleId, span));
  return (
    <Section title={t('onCall:overridesTitle')}>
      <Loaded load={load} again={again} what={t('onCall:whatOverrides')}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="state-note">{t('onCall:noOverrides')}</p>
          ) : (
            <ul className="rows">
              {items.map((override) => (
                <Row key={override.overrideId} override={override} schedule={schedule} mayEnd={mayEnd} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Section>
  );
}

export function overrideText(override: OverrideView, nameOf: (staffId: string) => string): string {
  const who = override.staffId === null ? '' : nameOf(override.staffId);
  const instead = override.instead === null ? t('onCall:everybody') : nameOf(override.instead);
  return t(`onCall:override_${override.kind}`, { who, instead });
}

function Row({ override, schedule, mayEnd }: { override: OverrideView } & Omit<OverridesProps, 'span'>) {
  const { nameOf } = useNames();
  const { serverNowMs } = useIdentity();
  const what = overrideText(override, nameOf);
  const isOver = override.voidedMs !== null || override.toMs <= serverNowMs();
  return (
    <li data-disabled={isOver}>
      <span>
        <b>{what}</b>
        <br />
        {spanIn(override, schedule.content.timeZone)}
        <br />
        <span className="field-hint">
          {t('onCall:overrideBy', { name: nameOf(override.by), at: momentText(override.setMs) })}
          {override.swapId === null ? '' : `, ${t('onCall:overrideSwap')}`}
          {override.reason === null ? null : (
            <>
              : <bdi>{override.reason}</bdi>
            </>
          )}
          {override.voidedMs === null
            ? null
            : `. ${t('onCall:overrideEnded', { name: nameOf(override.voidedBy ?? ''), at: momentText(override.voidedMs) })}`}
        </span>
      </span>
      {mayEnd && !isOver ? <TakeBack override={override} schedule={schedule} what={what} /> : null}
    </li>
  );
}

/** Asks first whom it leaves, and says when it leaves nobody. */
function TakeBack({ override, schedule, what }: { override: OverrideView; schedule: Schedule; what: string }) {
  const { checked, serverNowMs } = useIdentity();
  const [asking, setAsking] = useState<readonly Span[] | null>(null);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const { scheduleId, content } = schedule;
  const look = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    const span = { fromMs: Math.max(Math.floor(serverNowMs()), override.fromMs), toMs: override.toMs };
    const [before, after] = await Promise.all([
      shifts(scheduleId, span),
      preview({ scheduleId, without: override.overrideId, ...span }),
    ]);
    setBusy(false);
    if (before.ok && after.ok) {
      setTrouble(null);
      return setAsking(newGaps(before.value.gaps, after.value.gaps));
    }
    const failed = [before, after].find((each) => !checked(each as typeof before).ok);
    setTrouble(failed && !failed.ok ? failed.trouble : troubleOf('offline'));
  };
  const end = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    const answer = checked(await endOverride(override.overrideId));
    setBusy(false);
    setTrouble(answer.ok ? null : answer.trouble);
    setAsking(null);
    if (answer.ok) await queries.invalidateQueries({ queryKey: ['on-call'] });
  };
  if (trouble) return <TroubleNote trouble={trouble} again={() => setTrouble(null)} />;
  if (asking === null) {
    return (
      <button type="button" className="button" aria-disabled={busy} onClick={() => void look()}>
        {busy ? t('onCall:saving') : t('onCall:takeBack')}
        <span className="visually-hidden">: {what}</span>
      </button>
    );
  }
  const question =
    asking.length > 0
      ? t('onCall:takeBackGap', { spans: asking.map((span) => spanIn(span, content.timeZone)).join('; ') })
      : t('onCall:takeBackFine');
  return (
    <span className="confirm" role="group" aria-label={question}>
      {asking.length > 0 ? <b>{question}</b> : question}
      <button type="button" className="button" autoFocus aria-disabled={busy} onClick={() => void end()}>
        {busy ? t('onCall:saving') : t('onCall:yesTakeBack')}
      </button>
      <button type="button" className="button" onClick={() => setAsking(null)}>
        {t('onCall:no')}
      </button>
    </span>
  );
}
