import { useNavigate, useSearch } from '@tanstack/react-router';
import type { Schedule } from '@vigil/contracts';
import type { RotaSearch } from '../../model/on-call-search.js';
import { useState } from 'react';
import { schedules, shifts, type Span } from '../../live/on-call-api.js';
import { mayPlan, mayTakeTurns } from '../../model/policy-moves.js';
import type { Shift } from '../../model/rota.js';
import { addDays, localDate, localDays, mondayOf } from '../../model/zone-time.js';
import { Loaded } from '../../parts/parts.js';
import { useLoad } from '../../parts/use-load.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';
import { ChangesSection } from './changes-section.js';
import { NotesSection } from './notes-section.js';
import { OnCallFrame } from './on-call-frame.js';
import { OverrideForm } from './override-form.js';
import { OverridesSection } from './overrides-section.js';
import { ScheduleEditor } from './schedule-editor.js';
import { SwapsSection } from './swaps-section.js';
import { WeekControls } from './week-controls.js';
import { GapList, WeekGrid } from './week-grid.js';

/** Who is on call in a week, and what differs from the rotations. */
export function RotaScreen() {
  return <OnCallFrame>{(careUnitId) => <OfUnit key={careUnitId} careUnitId={careUnitId} />}</OnCallFrame>;
}

function OfUnit({ careUnitId }: { careUnitId: string }) {
  const { user } = useIdentity();
  const { load, again } = useLoad(['on-call', careUnitId, 'schedules'], () => schedules(careUnitId));
  const { schedule: wanted } = useSearch({ from: '/on-call/rota' });
  const [isNew, setNew] = useState(false);
  const plans = mayPlan(user?.roles ?? []);
  if (isNew) return <ScheduleEditor careUnitId={careUnitId} schedule={null} onDone={() => setNew(false)} />;
  return (
    <Loaded load={load} again={again} what={t('onCall:whatSchedules')}>
      {({ items }) => {
        const shown = items.find(({ scheduleId }) => scheduleId === wanted) ?? items[0];
        const makeNew = plans ? (
          <button type="button" className="button" onClick={() => setNew(true)}>
            {t('onCall:newSchedule')}
          </button>
        ) : null;
        if (shown === undefined) {
          return (
            <div className="card">
              <p>{t('onCall:noSchedules')}</p>
              <p>{plans ? t('onCall:noSchedulesMay') : t('onCall:noSchedulesAsk')}</p>
              {makeNew}
            </div>
          );
        }
        return <OfSchedule key={shown.scheduleId} schedule={shown} all={items} makeNew={makeNew} />;
      }}
    </Loaded>
  );
}

/** What is being made at the moment, and with which turn or gap it began. */
type Draft =
  { readonly kind: 'override'; readonly from: Span & { readonly staffId?: string } } | { readonly kind: 'edit' } | null;

function OfSchedule(props: {
  readonly schedule: Schedule;
  readonly all: readonly Schedule[];
  readonly makeNew: React.ReactNode;
}) {
  const { schedule, all, makeNew } = props;
  const { scheduleId, content } = schedule;
  const { user, serverNowMs } = useIdentity();
  const navigate = useNavigate({ from: '/on-call/rota' });
  const { week } = useSearch({ from: '/on-call/rota' });
  const [draft, setDraft] = useState<Draft>(null);
  const [swap, setSwap] = useState<Shift | null>(null);
  const monday = mondayOf(week ?? localDate(serverNowMs(), content.timeZone));
  const days = localDays(monday, 7, content.timeZone);
  const span = { fromMs: days[0]!.fromMs, toMs: days[6]!.toMs };
  const plan = useLoad(['on-call', scheduleId, 'shifts', span.fromMs], () => shifts(scheduleId, span));
  const plans = mayPlan(user?.roles ?? []);
  const go = (to: RotaSearch): void => void navigate({ search: (before) => ({ ...before, ...to }) });
  if (draft?.kind === 'edit') {
    return <ScheduleEditor careUnitId={content.careUnitId} schedule={schedule} onDone={() => setDraft(null)} />;
  }
  return (
    <>
      <WeekControls
        {...{ schedule, all, days }}
        onSchedule={(schedule) => go({ schedule })}
        onWeek={(weeks) => go({ week: weeks === 0 ? undefined : addDays(monday, 7 * weeks) })}
      >
        {plans ? (
          <>
            <button
              type="button"
              className="button"
              onClick={() => setDraft({ kind: 'override', from: { fromMs: serverNowMs(), toMs: serverNowMs() + 3_600_000 } })}
            >
              {t('onCall:newOverride')}
            </button>
            <button type="button" className="button" onClick={() => setDraft({ kind: 'edit' })}>
              {t('onCall:editSchedule')}
            </button>
            {makeNew}
          </>
        ) : null}
      </WeekControls>
      <Loaded load={plan.load} again={plan.again} what={t('onCall:whatRota')}>
        {(value) => (
          <>
            <GapList
              gaps={value.gaps}
              timeZone={content.timeZone}
              nowMs={serverNowMs()}
              onFill={plans ? (gap) => setDraft({ kind: 'override', from: gap }) : null}
            />
            <WeekGrid
              {...{ plan: value, content, days, nowMs: serverNowMs() }}
              me={user?.staffId ?? ''}
              onOverride={plans ? (shift) => setDraft({ kind: 'override', from: shift }) : null}
              onSwap={mayTakeTurns(user?.roles ?? []) ? setSwap : null}
            />
          </>
        )}
      </Loaded>
      {draft?.kind === 'override' ? (
        <OverrideForm
          key={`${draft.from.fromMs}-${draft.from.staffId}`}
          schedule={schedule}
          from={draft.from}
          onDone={() => setDraft(null)}
        />
      ) : null}
      <OverridesSection schedule={schedule} span={span} mayEnd={plans} />
      {mayTakeTurns(user?.roles ?? []) ? (
        <>
          <SwapsSection schedule={schedule} schedules={all} first={swap} />
          <NotesSection scheduleId={scheduleId} />
        </>
      ) : null}
      <ChangesSection schedule={schedule} />
    </>
  );
}
