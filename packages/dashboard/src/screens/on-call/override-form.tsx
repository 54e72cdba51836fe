import type { NewOverride, Schedule, ShiftPlan } from '@vigil/contracts';
import { useEffect, useRef, useState } from 'react';
import type { z } from 'zod';
import { addOverride, preview, shifts, type Span } from '../../live/on-call-api.js';
import { onCallTroubleText } from '../../model/on-call-trouble.js';
import { newGaps } from '../../model/rota.js';
import { atLocal, localDate, localTime, spanIn } from '../../model/zone-time.js';
import { Form, TextField, useSubmit } from '../../parts/form.js';
import { queries } from '../../parts/use-load.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';
import { useNames } from './on-call-frame.js';
import { PersonSelect } from './person-select.js';

type Asked = z.input<typeof NewOverride>;
type Kind = Asked['kind'];
const KINDS = [
  ['replace', 'onCall:kindReplace'],
  ['add', 'onCall:kindAdd'],
  ['remove', 'onCall:kindRemove'],
] as const;

interface OverrideFormProps {
  readonly schedule: Schedule;
  /** A turn that somebody else is to take, or a gap that is to be filled. */
  readonly from: Span & { readonly staffId?: string };
  readonly onDone: () => void;
}

/** What it would mean is seen before it is made: who is on call then, and above all when nobody is. */
export function OverrideForm({ schedule, from, onDone }: OverrideFormProps) {
  const { timeZone } = schedule.content;
  const { checked } = useIdentity();
  const { people } = useNames();
  const { busy, error, run } = useSubmit();
  const [kind, setKind] = useState<Kind>(from.staffId === undefined ? 'add' : 'replace');
  const [staffId, setStaffId] = useState('');
  const [instead, setInstead] = useState(from.staffId ?? '');
  const [seen, setSeen] = useState<{ readonly asked: Asked; readonly before: ShiftPlan; readonly after: ShiftPlan } | null>(null);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);

  const askedOf = (form: FormData): Asked | string => {
    const text = (name: string): string => String(form.get(name) ?? '').trim();
    if (kind !== 'remove' && staffId === '') return t('onCall:needPerson');
    if (kind === 'remove' && instead === '') return t('onCall:needPerson');
    if (!text('fromDate') || !text('fromTime') || !text('toDate') || !text('toTime')) return t('onCall:needTimes');
    const [fromMs, toMs] = [
      atLocal(text('fromDate'), text('fromTime'), timeZone),
      atLocal(text('toDate'), text('toTime'), timeZone),
    ];
    if (toMs <= fromMs) return t('onCall:needSpan');
    return {
      ...{ kind, fromMs, toMs },
      staffId: kind === 'remove' ? null : staffId,
      instead: kind === 'add' || instead === '' ? null : instead,
      ...(text('reason') === '' ? {} : { reason: text('reason') }),
    } as Asked;
  };
  const look = (form: FormData): void =>
    void run(async () => {
      const asked = askedOf(form);
      if (typeof asked === 'string') return asked;
      const span = { fromMs: Number(asked.fromMs), toMs: Number(asked.toMs) };
      const [before, after] = await Promise.all([
        shifts(schedule.scheduleId, span),
        preview({ scheduleId: schedule.scheduleId, override: asked, ...span }),
      ]);
      if (!checked(before).ok) return before.ok ? '' : onCallTroubleText(before.trouble);
      if (!checked(after).ok) return after.ok ? '' : onCallTroubleText(after.trouble);
      if (before.ok && after.ok) setSeen({ asked, before: before.value, after: after.value });
      return '';
    });
  const make = (asked: Asked): void =>
    void run(async () => {
      const answer = checked(await addOverride(schedule.scheduleId, asked));
      if (!answer.ok) return onCallTroubleText(answer.trouble);
      await queries.invalidateQueries({ queryKey: ['on-call'] });
      onDone();
      return '';
    });
  return (
    <section className="card" aria-labelledby="override-form">
      <h2 id="override-form" tabIndex={-1} ref={title}>
        {t('onCall:newOverride')}
      </h2>
      <div onChange={() => setSeen(null)}>
        <Form error={error} onSubmit={look}>
          <fieldset className="reasons">
            <legend>{t('onCall:overrideKind')}</legend>
            {KINDS.map(([each, word]) => (
              <label key={each} className="reason">
                <input type="radio" name="kind" value={each} checked={kind === each} onChange={() => setKind(each)} />
                {t(word)}
              </label>
            ))}
          </fieldset>
          <div className="fields">
            {kind === 'remove' ? null : (
              <PersonSelect
                label={t('onCall:whoIsOnCall')}
                name="staffId"
                {...{ people }}
                value={staffId}
                onChange={setStaffId}
              />
            )}
            {kind === 'add' ? null : (
              <PersonSelect
                label={kind === 'remove' ? t('onCall:whoIsNot') : t('onCall:insteadOf')}
                name="instead"
                {...{ people }}
                value={instead}
                onChange={setInstead}
                {...(kind === 'replace' ? { none: t('onCall:everybody') } : {})}
              />
            )}
          </div>
          <SpanFields from={from} timeZone={timeZone} />
          <TextField label={t('onCall:reason')} name="reason" hint={t('onCall:reasonHint')} maxLength={200} autoComplete="off" />
          <div className="form-buttons">
            <button type="submit" className="button" aria-disabled={busy}>
              {busy ? t('onCall:saving') : t('onCall:seeFirst')}
            </button>
            <button type="button" className="button plain" onClick={onDone}>
              {t('onCall:cancel')}
            </button>
          </div>
        </Form>
      </div>
      {seen === null ? null : <WouldMean seen={seen} timeZone={timeZone} busy={busy} onMake={() => make(seen.asked)} />}
    </section>
  );
}

function SpanFields({ from, timeZone }: { from: Span; timeZone: string }) {
  return (
    <div className="fields">
      <TextField
        label={t('onCall:fromDate')}
        name="fromDate"
        type="date"
        defaultValue={localDate(from.fromMs, timeZone)}
        hint={timeZone}
      />
      <TextField label={t('onCall:fromTime')} name="fromTime" type="time" defaultValue={localTime(from.fromMs, timeZone)} />
      <TextField
        label={t('onCall:toDate')}
        name="toDate"
        type="date"
        defaultValue={localDate(from.toMs, timeZone)}
        hint={timeZone}
      />
      <TextField label={t('onCall:toTime')} name="toTime" type="time" defaultValue={localTime(from.toMs, timeZone)} />
    </div>
  );
}

function WouldMean(props: {
  readonly seen: { readonly before: ShiftPlan; readonly after: ShiftPlan };
  readonly timeZone: string;
  readonly busy: boolean;
  readonly onMake: () => void;
}) {
  const { seen, timeZone, busy, onMake } = props;
  const said = (spans: readonly Span[]): string => spans.map((span) => spanIn(span, timeZone)).join('; ');
  const closed = newGaps(seen.after.gaps, seen.before.gaps);
  const left = seen.after.gaps;
  const isSame = JSON.stringify(seen.before.shifts) === JSON.stringify(seen.after.shifts);
  return (
    <div className="would-mean" role="status">
      {left.length > 0 ? (
        <p className="state-note trouble nobody">
          <b>{t('onCall:wouldGap', { spans: said(left) })}</b>
        </p>
      ) : (
        <p>{t('onCall:wouldNoGap')}</p>
      )}
      {closed.length > 0 ? <p>{t('onCall:wouldClose', { spans: said(closed) })}</p> : null}
      {isSame ? <p className="state-note trouble">{t('onCall:wouldNothing')}</p> : null}
      <ul className="turn-list">
        {seen.after.shifts.map((shift) => (
          <li key={`${shift.staffId}-${shift.fromMs}-${shift.rotationId}`}>
            {t('onCall:turnLine', { span: spanIn(shift, timeZone), name: shift.name })}
          </li>
        ))}
      </ul>
      <button type="button" className="button primary" aria-disabled={busy} onClick={onMake}>
        {busy ? t('onCall:saving') : left.length > 0 ? t('onCall:makeOverrideGap') : t('onCall:makeOverride')}
      </button>
    </div>
  );
}
