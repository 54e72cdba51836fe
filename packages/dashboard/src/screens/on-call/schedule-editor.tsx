import { CareUnitId, type Rotation, type Schedule, type ScheduleContent, ScheduleId, type ShiftPlan } from '@vigil/contracts';
import { useId, useState } from 'react';
import { changeSchedule, createSchedule, preview, retireSchedule } from '../../live/on-call-api.js';
import type { Answer } from '../../live/problem.js';
import { onCallTroubleText } from '../../model/on-call-trouble.js';
import { scheduleIssues } from '../../model/rota.js';
import { addDays, localDate, localDays, mondayOf } from '../../model/zone-time.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { useSubmit } from '../../parts/form.js';
import { queries } from '../../parts/use-load.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';
import { useNames } from './on-call-frame.js';
import { LineField } from './line-field.js';
import { RotationFields } from './rotation-fields.js';
import { GapList, WeekGrid } from './week-grid.js';

const WEEKS = 4;
const ROTATIONS_MAX = 12;

interface EditorProps {
  readonly careUnitId: string;
  /** Null: a new one. */
  readonly schedule: Schedule | null;
  readonly onDone: () => void;
}

const emptyRotation = (today: string, n: number): Rotation => ({
  ...{ rotationId: n === 1 ? 'first' : `r${n}-${today.replaceAll('-', '')}`, label: '', unit: 'day', every: 1 },
  ...{ startDate: today, handoverTime: '07:00', endDate: null, participants: [] },
});

/** A schedule as a whole. The next four weeks are looked at before it is saved; what was changed since is looked at again. */
export function ScheduleEditor({ careUnitId, schedule: now, onDone }: EditorProps) {
  /* What is being changed is what was there when the editor was opened: what somebody else saves meanwhile is not written over. */
  const [schedule] = useState(now);
  const { checked, serverNowMs, user } = useIdentity();
  const { people } = useNames();
  const { busy, error, run } = useSubmit();
  const here = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  const today = localDate(serverNowMs(), schedule?.content.timeZone ?? here);
  const [scheduleId, setScheduleId] = useState<string>(schedule?.scheduleId ?? '');
  const [content, setContent] = useState<ScheduleContent>(
    schedule?.content ?? {
      ...{ v: 1, label: '', careUnitId: CareUnitId.parse(careUnitId), timeZone: here },
      rotations: [emptyRotation(today, 1)],
    },
  );
  const [seen, setSeen] = useState<{ readonly of: string; readonly plan: ShiftPlan } | null>(null);
  const issues = scheduleIssues(content);
  const change = (more: Partial<ScheduleContent>): void => setContent({ ...content, ...more });
  const setRotation = (at: number, rotation: Rotation | null): void =>
    change({ rotations: content.rotations.flatMap((each, i) => (i !== at ? [each] : rotation === null ? [] : [rotation])) });
  const monday = mondayOf(today);
  const days = issues.length === 0 ? localDays(monday, 7 * WEEKS, content.timeZone) : [];
  const text = JSON.stringify(content);
  const isSeen = seen?.of === text;
  const look = (): void =>
    void run(async () => {
      if (issues.length > 0) return issues.map(issueText).join(' ');
      const span = { fromMs: Math.max(days[0]!.fromMs, Math.floor(serverNowMs())), toMs: days.at(-1)!.toMs };
      const answer = checked(await preview({ scheduleId: schedule?.scheduleId ?? null, content, ...span }));
      if (!answer.ok) return onCallTroubleText(answer.trouble);
      setSeen({ of: text, plan: answer.value });
      return '';
    });
  const done = async (answer: Answer<Schedule>): Promise<string> => {
    const isMoved = !checked(answer).ok && !answer.ok && answer.trouble.code === 'revision-moved';
    if (answer.ok || isMoved) await queries.invalidateQueries({ queryKey: ['on-call'] });
    if (!answer.ok) return isMoved ? t('onCall:scheduleMoved') : onCallTroubleText(answer.trouble);
    onDone();
    return '';
  };
  const save = (): void =>
    void run(async () => {
      if (schedule !== null) return done(await changeSchedule(schedule, content));
      const id = ScheduleId.safeParse(scheduleId);
      return id.success ? done(await createSchedule(id.data, content)) : t('onCall:scheduleIdHint');
    });
  return (
    <section className="card schedule-editor" aria-labelledby="schedule-editor">
      <h2 id="schedule-editor">{schedule === null ? t('onCall:newSchedule') : t('onCall:editSchedule')}</h2>
      <div className="fields">
        {schedule === null ? (
          <LineField
            label={t('onCall:scheduleId')}
            hint={t('onCall:scheduleIdHint')}
            value={scheduleId}
            onChange={setScheduleId}
            maxLength={48}
          />
        ) : null}
        <LineField
          label={t('onCall:scheduleLabel')}
          value={content.label}
          onChange={(label) => change({ label })}
          maxLength={60}
        />
        <ZoneField value={content.timeZone} onChange={(timeZone) => change({ timeZone })} />
      </div>
      {content.rotations.map((rotation, at) => (
        <RotationFields
          key={rotation.rotationId}
          n={at + 1}
          {...{ rotation, people }}
          onChange={(next) => setRotation(at, next)}
          onRemove={() => setRotation(at, null)}
        />
      ))}
      {content.rotations.length < ROTATIONS_MAX ? (
        <button
          type="button"
          className="button"
          onClick={() =>
            change({ rotations: [...content.rotations, emptyRotation(addDays(today, 0), content.rotations.length + 1)] })
          }
        >
          {t('onCall:addRotation')}
        </button>
      ) : null}
      <p className="form-error" role="alert">
        {error}
      </p>
      <div className="form-buttons">
        <button type="button" className="button" aria-disabled={busy} onClick={look}>
          {busy ? t('onCall:saving') : t('onCall:previewWeeks')}
        </button>
        {isSeen ? (
          <button type="button" className="button primary" aria-disabled={busy} onClick={save}>
            {seen.plan.gaps.length > 0 ? t('onCall:saveScheduleGap') : t('onCall:saveSchedule')}
          </button>
        ) : null}
        <button type="button" className="button plain" onClick={onDone}>
          {t('onCall:cancel')}
        </button>
        {schedule === null ? null : (
          <ConfirmButton
            name={t('onCall:retire')}
            question={t('onCall:retireQuestion')}
            onConfirm={() => void run(async () => done(await retireSchedule(schedule)))}
          />
        )}
      </div>
      {seen === null ? null : isSeen && days.length > 0 ? (
        <div className="preview">
          <h3>{t('onCall:previewTitle')}</h3>
          <GapList gaps={seen.plan.gaps} timeZone={content.timeZone} onFill={null} />
          {Array.from({ length: WEEKS }, (_, week) => (
            <WeekGrid
              key={week}
              {...{ plan: weekOf(seen.plan, days.slice(7 * week, 7 * week + 7)), content, nowMs: serverNowMs() }}
              days={days.slice(7 * week, 7 * week + 7)}
              me={user?.staffId ?? ''}
              onOverride={null}
              onSwap={null}
            />
          ))}
        </div>
      ) : (
        <p className="state-note">{t('onCall:previewOld')}</p>
      )}
    </section>
  );
}

const issueText = ({ at, issue }: ReturnType<typeof scheduleIssues>[number]): string =>
  at === null
    ? t('onCall:issueWhole', { issue: t(`onCall:issue_${issue}`) })
    : t('onCall:issueAt', { n: at + 1, issue: t(`onCall:issue_${issue}`) });

/** A week without gaps has no row of gaps. */
function weekOf(plan: ShiftPlan, days: readonly { readonly fromMs: number; readonly toMs: number }[]): ShiftPlan {
  const [fromMs, toMs] = [days[0]!.fromMs, days.at(-1)!.toMs];
  const touches = (span: { fromMs: number; toMs: number }): boolean => span.toMs > fromMs && span.fromMs < toMs;
  return { ...plan, shifts: plan.shifts.filter(touches), gaps: plan.gaps.filter(touches) };
}

function ZoneField({ value, onChange }: { value: string; onChange: (zone: string) => void }) {
  const list = useId();
  return (
    <>
      <LineField
        label={t('onCall:timeZone')}
        hint={t('onCall:timeZoneHint')}
        value={value}
        onChange={onChange}
        maxLength={60}
        list={list}
      />
      <datalist id={list}>
        {Intl.supportedValuesOf('timeZone').map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
    </>
  );
}
