import type { StatusView } from '@vigil/contracts';
import { wayOfAlarms } from '../../live/on-call-api.js';
import { durationText } from '../../model/format.js';
import { canaryText, pagingText, troubleWord } from '../../model/on-call-words.js';
import { Loaded, Section, Table, whenText } from '../../parts/parts.js';
import { useLoad } from '../../parts/use-load.js';

/** Whether alarms reach people: the test alarm, the channels, and what is wrong. Shows no patient. */
export function WayScreen() {
  const { load, again } = useLoad(['status'], wayOfAlarms);
  return (
    <>
      <p>
        As it was when this page asked.{' '}
        <button type="button" className="button" onClick={again}>
          Look again
        </button>
      </p>
      <Loaded load={load} again={again} what="how alarms reach people">
        {(status) => <Status status={status} />}
      </Loaded>
    </>
  );
}

const agoText = (ageMs: number | null): string => (ageMs === null ? 'never' : `${durationText(ageMs)} ago`);

function Status({ status }: { status: StatusView }) {
  const { paging, watchdogAgeMs, canary, channels, troubles } = status;
  return (
    <>
      <p className={paging.problem === null ? 'state-note' : 'state-note trouble'} role="status">
        {whenText(status.atMs)}: {pagingText(paging)} The watchdog looked {agoText(watchdogAgeMs)}.
      </p>
      <Section title="What is wrong">
        {troubles.length === 0 ? <p>Nothing is known to be.</p> : null}
        <ul>
          {troubles.map((each) => (
            <li key={`${each.careUnitId}-${each.trouble}-${each.subject}`}>
              <b>{troubleWord(each.trouble)}</b> in {each.careUnitId}, since {whenText(each.sinceMs)} ({each.subject})
            </li>
          ))}
        </ul>
      </Section>
      <Section title="Test alarm">
        <p>
          {canaryText(canary.state)}
          {canary.state === 'off' ? '' : `, one each ${durationText(canary.intervalMs)}`}.
        </p>
        <Table label="Test alarms" head={['Gateway', 'Last came through', 'Took', 'On its way']}>
          {canary.gateways.map((trip) => (
            <tr key={trip.gatewayId} data-need={trip.late}>
              <th scope="row">{trip.gatewayId}</th>
              <td>{trip.late ? <b>{agoText(trip.ageMs)}</b> : agoText(trip.ageMs)}</td>
              <td>{trip.tookMs === null ? '–' : `${Math.round(trip.tookMs)} ms`}</td>
              <td>{trip.hops.map(({ at, afterMs }) => `${at} ${Math.round(afterMs)} ms`).join(', ') || '–'}</td>
            </tr>
          ))}
        </Table>
      </Section>
      <Section title="Channels of the last 24 hours">
        <Table label="Channels" head={['Channel', 'Sent', 'Failed', 'Waiting', 'Last sent', 'Last failed']}>
          {channels.map((each) => (
            <tr key={each.channel} data-need={each.failed > 0}>
              <th scope="row">{each.channel}</th>
              <td>{each.sent}</td>
              <td>{each.failed}</td>
              <td>{each.waiting}</td>
              <td className="nowrap">{each.lastSentAtMs === null ? 'never' : whenText(each.lastSentAtMs)}</td>
              <td className="nowrap">{each.lastFailedAtMs === null ? 'never' : whenText(each.lastFailedAtMs)}</td>
            </tr>
          ))}
        </Table>
      </Section>
    </>
  );
}
