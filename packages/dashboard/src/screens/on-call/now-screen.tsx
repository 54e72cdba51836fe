import { Link } from '@tanstack/react-router';
import type { OnCallNow, ScheduleId } from '@vigil/contracts';
import { onCallNow, policyInForce } from '../../live/on-call-api.js';
import { emptySchedules, isNobody, turnNotices } from '../../model/call-chain.js';
import { dutiesOf, reachText, roleWord } from '../../model/on-call-words.js';
import { momentText } from '../../model/time-words.js';
import { Loaded, Section, Table } from '../../parts/parts.js';
import { lastOf, useLoad } from '../../parts/use-load.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';
import { Chain } from './chain.js';
import { LiveEscalations } from './live-escalations.js';
import { OnCallFrame, useNames } from './on-call-frame.js';

const EVERY_MS = 30_000;

/** Who would be told of an alarm now, in which order, and whether they can be reached. */
export function NowScreen() {
  return <OnCallFrame>{(careUnitId) => <OfUnit key={careUnitId} careUnitId={careUnitId} />}</OnCallFrame>;
}

function OfUnit({ careUnitId }: { careUnitId: string }) {
  const ofUnit = ['on-call', careUnitId] as const;
  const now = useLoad([...ofUnit, 'now'], () => onCallNow(careUnitId), { everyMs: EVERY_MS });
  const policy = useLoad(['policies', careUnitId, 'in-force'], () => policyInForce(careUnitId), { everyMs: EVERY_MS });
  const { nameOf } = useNames();
  const last = lastOf(now.load);
  return (
    <>
      <p className="on-call-note">
        {t('onCall:second')}{' '}
        <button type="button" className="button" onClick={now.again}>
          {t('onCall:lookAgain')}
        </button>{' '}
        {now.load.kind === 'ready' ? (
          <span className="field-hint">{t('onCall:asOf', { at: momentText(now.load.value.atMs) })}</span>
        ) : null}
      </p>
      {last === null ? null : (
        <>
          <NobodyThere now={last} />
          <TurnNotices now={last} />
        </>
      )}
      <Section title={t('onCall:chainTitle')}>
        <Loaded load={policy.load} again={policy.again} what={t('onCall:whatPolicy')}>
          {(value) =>
            now.load.kind === 'ready' ? <Chain policy={value} now={now.load.value} nameOf={nameOf} /> : <WaitForDuty load={now} />
          }
        </Loaded>
      </Section>
      <LiveEscalations careUnitId={careUnitId} />
      <Section title={t('onCall:dutyTitle')}>
        <Loaded load={now.load} again={now.again} what={t('onCall:whatDuty')}>
          {(value) => <OnDuty now={value} />}
        </Loaded>
      </Section>
    </>
  );
}

/** The reason is said once, in the section that shows who is on duty. */
function WaitForDuty({ load }: { load: ReturnType<typeof useLoad<OnCallNow>> }) {
  if (load.load.kind === 'failed') return <p className="state-note">{t('onCall:reachNotKnown')}</p>;
  return <p className="state-note">{t('common:loadingWhat', { what: t('onCall:whatDuty') })}</p>;
}

const untilText = (toMs: number | null): string =>
  toMs === null ? t('onCall:noEnd') : t('onCall:until', { at: momentText(toMs) });

/** Before everything else: a step that finds nobody is skipped, and an alarm may be told to nobody. */
function NobodyThere({ now }: { now: OnCallNow }) {
  const empty = emptySchedules(now);
  if (!isNobody(now) && empty.length === 0) return null;
  return (
    <p className="state-note trouble nobody" role="alert">
      {isNobody(now) ? t('onCall:nobodyOnDuty') : t('onCall:nobodyBySchedule', { schedules: empty.join(', ') })}
    </p>
  );
}

function OnDuty({ now }: { now: OnCallNow }) {
  return (
    <>
      <Table label={t('onCall:whatDuty')} head={HEAD.map((key) => t(key))}>
        {dutiesOf(now.roles).map((duty) => (
          <tr key={`${duty.role}-${duty.staffId}-${duty.untilMs}-${duty.places}`} data-need={duty.reachability === 'unreachable'}>
            <th scope="row">{roleWord(duty.role)}</th>
            <td>
              <bdi>{duty.name}</bdi>
            </td>
            <td>{duty.places}</td>
            <td>{reachText(duty.reachability)}</td>
            <td className="nowrap">{untilText(duty.untilMs)}</td>
            <td>–</td>
          </tr>
        ))}
        {now.schedules.map((schedule) => (
          <tr key={schedule.scheduleId} data-need={schedule.people.length === 0}>
            <th scope="row">
              <bdi>{schedule.label}</bdi>
            </th>
            <td>
              {schedule.people.length === 0 ? <b>{t('onCall:NOBODY')}</b> : schedule.people.map(({ name }) => name).join(', ')}
            </td>
            <td>{t('onCall:theUnit')}</td>
            <td>{schedule.people.map(({ reachability }) => reachText(reachability)).join(', ') || '–'}</td>
            <td className="nowrap">{schedule.people.map(({ toMs }) => untilText(toMs)).join(', ') || '–'}</td>
            <td>
              {schedule.next === null
                ? t('onCall:nobody')
                : t('onCall:next', { name: schedule.next.name, at: momentText(schedule.next.fromMs) })}
            </td>
          </tr>
        ))}
      </Table>
    </>
  );
}

const HEAD = [
  ...(['onCall:colAs', 'onCall:colWho', 'onCall:colFor', 'onCall:colReach', 'onCall:colUntil', 'onCall:colNext'] as const),
];

/** Who begins a turn is told of the notes that the shift before has left. */
function TurnNotices({ now }: { now: OnCallNow }) {
  const { user } = useIdentity();
  return turnNotices(now, user?.staffId ?? '').map(({ scheduleId, label, noteMs, fromMs }) => (
    <p key={scheduleId} className="state-note turn-notice" role="status">
      {fromMs === null
        ? t('onCall:turnBegan', { schedule: label, at: momentText(noteMs) })
        : t('onCall:turnBegins', { schedule: label, from: momentText(fromMs), at: momentText(noteMs) })}{' '}
      <Link to="/on-call/rota" search={{ schedule: scheduleId as ScheduleId }} hash="notes" className="button">
        {t('onCall:readNotes')}
      </Link>
    </p>
  ));
}
