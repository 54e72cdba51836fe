import type { StatusView } from '@vigil/contracts';
import { wayOfAlarms } from '../../live/on-call-api.js';
import { durationText } from '../../model/format.js';
import { canaryText, pagingText, troubleWord } from '../../model/on-call-words.js';
import { Loaded, Section, Table, whenText } from '../../parts/parts.js';
import { useLoad } from '../../parts/use-load.js';
import { t } from '../../words/words.js';
import { SystemFrame } from './system-frame.js';

/** Whether alarms reach people: the test alarm, the channels, and what is wrong. Shows no patient. */
export function WayScreen() {
  const { load, again } = useLoad(['status'], wayOfAlarms);
  return (
    <SystemFrame>
      <p>
        {t('system:way.asAsked')}{' '}
        <button type="button" className="button" onClick={again}>
          {t('system:way.again')}
        </button>
      </p>
      <Loaded load={load} again={again} what={t('system:way.what')}>
        {(status) => <Status status={status} />}
      </Loaded>
    </SystemFrame>
  );
}

const agoText = (ageMs: number | null): string =>
  ageMs === null ? t('system:way.never') : t('system:way.ago', { age: durationText(ageMs) });

function Status({ status }: { status: StatusView }) {
  const { paging, watchdogAgeMs, canary, channels, troubles } = status;
  return (
    <>
      <p className={paging.problem === null ? 'state-note' : 'state-note trouble'} role="status">
        {whenText(status.atMs)}: {pagingText(paging)} {t('system:way.watchdog', { ago: agoText(watchdogAgeMs) })}
      </p>
      <Section title={t('system:wrongTitle')}>
        {troubles.length === 0 && paging.problem === null ? <p>{t('system:way.nothing')}</p> : null}
        {paging.problem === null ? null : <p>{pagingText(paging)}</p>}
        <ul>
          {troubles.map((each) => (
            <li key={`${each.careUnitId}-${each.trouble}-${each.subject}`}>
              <b>{troubleWord(each.trouble)}</b>{' '}
              {t('system:way.trouble', { careUnit: each.careUnitId, when: whenText(each.sinceMs), subject: each.subject })}
            </li>
          ))}
        </ul>
      </Section>
      <Section title={t('system:way.test')}>
        <p>
          {canaryText(canary.state)}
          {canary.state === 'off' ? '.' : t('system:way.every', { interval: durationText(canary.intervalMs) })}
        </p>
        <Table
          label={t('system:way.tests')}
          head={[t('system:colGateway'), t('system:way.last'), t('system:way.took'), t('system:colHops')]}
        >
          {canary.gateways.map((trip) => (
            <tr key={trip.gatewayId} data-need={trip.late}>
              <th scope="row">{trip.gatewayId}</th>
              <td>{trip.late ? <b>{agoText(trip.ageMs)}</b> : agoText(trip.ageMs)}</td>
              <td>{trip.tookMs === null ? '–' : t('system:hopMedian', { p50: Math.round(trip.tookMs) })}</td>
              <td>
                {trip.hops
                  .map(({ at, afterMs }) => `${t(`system:hop_${at}`)} ${t('system:hopMedian', { p50: Math.round(afterMs) })}`)
                  .join(', ') || '–'}
              </td>
            </tr>
          ))}
        </Table>
      </Section>
      <Section title={t('system:way.channels')}>
        <Table
          label={t('system:way.channelsTable')}
          head={[
            ...[t('system:way.channel'), t('system:way.sent'), t('system:way.failed'), t('system:way.waiting')],
            ...[t('system:way.lastSent'), t('system:way.lastFailed')],
          ]}
        >
          {channels.map((each) => (
            <tr key={each.channel} data-need={each.failed > 0}>
              <th scope="row">{each.channel}</th>
              <td>{each.sent}</td>
              <td>{each.failed}</td>
              <td>{each.waiting}</td>
              <td className="nowrap">{each.lastSentAtMs === null ? t('system:way.never') : whenText(each.lastSentAtMs)}</td>
              <td className="nowrap">{each.lastFailedAtMs === null ? t('system:way.never') : whenText(each.lastFailedAtMs)}</td>
            </tr>
          ))}
        </Table>
      </Section>
    </>
  );
}
