import type { AlarmView, PageView } from '@vigil/contracts';
import { type Rung, rungsOf } from '../../model/alarm-detail.js';
import { responseText } from '../../model/alarm-text.js';
import { clockText, durationText } from '../../model/format.js';
import { Section } from '../../parts/parts.js';
import { Ticker } from '../../parts/ticker.js';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';

/** Who was told by which way and how far that came, who goes, who is there, who passed it on, and who is told when. */
export function AlarmPeople({ alarm }: { alarm: AlarmView }) {
  const { escalation } = alarm;
  return (
    <Section title={t('alarm:whoComes')}>
      <p>{t(`alarm:escalation.${escalation.state}`)}</p>
      <p className="alarm-next">
        <Ticker text={(now) => responseText(alarm, now)} />
        {escalation.nextAtMs === null ? null : <span className="soft"> · {clockText(escalation.nextAtMs)}</span>}
      </p>
      <TimeLine alarm={alarm} />
      <Ladder pages={escalation.pages} />
      {escalation.policyHash === null ? null : (
        <p className="field-hint">
          {t('alarm:policy')} <code dir="ltr">{escalation.policyHash.slice(0, 12)}</code>
        </p>
      )}
    </Section>
  );
}

interface Event {
  readonly atMs: number;
  readonly key: string;
  readonly text: string;
  readonly isLoud?: boolean;
}

function eventsOf({ escalation }: AlarmView): readonly Event[] {
  const { accepts, declines, acceptedAtMs, acceptedBy, acceptedByName, pages } = escalation;
  const going =
    accepts.length === 0 && acceptedAtMs !== null && acceptedByName !== null
      ? [{ staffId: acceptedBy ?? '', name: acceptedByName, atMs: acceptedAtMs, arrivedAtMs: null }]
      : accepts;
  return [
    ...stepsOf(pages),
    ...going.map(({ staffId, name, atMs }) => ({
      ...{ atMs, key: `go ${staffId}` },
      text: t('alarm:going', { name, time: clockText(atMs) }),
    })),
    ...going.flatMap(({ staffId, name, arrivedAtMs: atMs }) =>
      atMs === null ? [] : [{ atMs, key: `there ${staffId}`, text: t('alarms:there', { name, time: clockText(atMs) }) }],
    ),
    ...declines.map(({ staffId, name, atMs, reason }) => ({
      ...{ atMs, key: `no ${staffId} ${atMs}`, isLoud: true },
      text: t('alarms:declined', { name, time: clockText(atMs), reason: t(`alarms:reasonShort.${reason}`) }),
    })),
  ].sort((a, b) => a.atMs - b.atMs);
}

/** The first page of each step of the policy is when that step was told. */
function stepsOf(pages: readonly PageView[]): readonly Event[] {
  const first = new Map<number, PageView>();
  for (const page of pages) {
    if (page.kind !== 'alarm') continue;
    const known = first.get(page.step);
    if (!known || page.queuedAtMs < known.queuedAtMs) first.set(page.step, page);
  }
  return [...first].map(([step, { queuedAtMs }]) => ({
    atMs: queuedAtMs,
    key: `step ${step}`,
    text: `${t('alarm:step', { n: step + 1 })}: ${clockText(queuedAtMs)}`,
  }));
}

function TimeLine({ alarm }: { alarm: AlarmView }) {
  const events = eventsOf(alarm);
  const { acceptsNeeded, accepts, arriveByMs } = alarm.escalation;
  return (
    <>
      {acceptsNeeded > 1 ? <p>{t('alarms:needed', { count: accepts.length, needed: acceptsNeeded })}</p> : null}
      {arriveByMs === null ? null : <p>{t('alarms:arriveBy', { time: clockText(arriveByMs) })}</p>}
      {events.length === 0 ? null : (
        <ol className="alarm-events">
          {events.map(({ key, text, isLoud }) => (
            <li key={key} data-loud={isLoud === true}>
              {text}
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

function Ladder({ pages }: { pages: readonly PageView[] }) {
  if (pages.length === 0) return <p className="soft">{t('alarm:nooneTold')}</p>;
  return (
    <>
      <h3>{t('alarm:ladder')}</h3>
      <ul className="page-ladder">
        {pages.map((page) => (
          <li key={page.pageId} data-state={page.state}>
            <p>
              <b>
                <bdi>{plainText(page.staffName)}</bdi>
              </b>
              {', '}
              {t(`alarms:channel.${page.channel}`)}
              {page.kind === 'alarm' ? '' : ` · ${t(`alarm:pageKind.${page.kind}`)}`}
              {page.joined === null ? '' : ` · ${t('alarm:joinedPage')}`}
            </p>
            <p className="soft" lang="en" dir="ltr">
              {plainText(page.reason)}
            </p>
            <ol className="rungs">
              {rungsOf(page).map((rung) => (
                <RungShown key={rung.stage} rung={rung} />
              ))}
            </ol>
          </li>
        ))}
      </ul>
      <p className="field-hint">{t('alarm:receiptsNote')}</p>
    </>
  );
}

function RungShown({ rung: { stage, atMs } }: { rung: Rung }) {
  return (
    <li data-stage={stage}>
      <b>{t(`alarm:stage.${stage}`)}</b> {clockText(atMs)}{' '}
      <Ticker even className="soft" text={(now) => (now ? t('alarm:ago', { time: durationText(now.wallMs - atMs) }) : '')} />
    </li>
  );
}
