import { Link } from '@tanstack/react-router';
import type { AlarmView, BedId, BedView } from '@vigil/contracts';
import { alarmsOfBed } from '../../live/alarm-api.js';
import { stayScores } from '../../live/scores-api.js';
import { heardText } from '../../model/fleet-words.js';
import { numberText } from '../../model/format.js';
import { scoreChips } from '../../model/score-chip.js';
import { useSignal, useStation } from '../../parts/hooks.js';
import { Loaded, Section } from '../../parts/parts.js';
import { Ticker } from '../../parts/ticker.js';
import { useLoad } from '../../parts/use-load.js';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';
import { AlarmRow } from '../alarms/alarm-row.js';
import { EstimateBox } from '../observations/estimate-box.js';

const HOUR_MS = 3_600_000;

/** The alarms of this bed: those that hold, and those of whoever lies there that ended lately; of the stay before it none. */
export function BedAlarms({ bedId, alarms }: { bedId: BedId; alarms: readonly AlarmView[] }) {
  const station = useStation();
  const mine = alarms.filter((alarm) => alarm.bedId === bedId);
  const encounterId = useSignal(station.unit)?.beds.get(bedId)?.encounter?.encounterId ?? null;
  const isOfStay = (each: AlarmView): boolean => each.encounterId === null || each.encounterId === encounterId;
  const key = `${encounterId} ${mine.map(({ alarmId, rev }) => `${alarmId} ${rev}`).join()}`;
  const { load, again } = useLoad(['beds', bedId, 'alarms', key], async () => {
    const since = (station.now()?.eventMs ?? HOUR_MS) - HOUR_MS;
    const answer = await alarmsOfBed(bedId, since);
    if (!answer.ok) return answer;
    const isOver = (each: AlarmView): boolean => each.endedAtMs !== null && isOfStay(each);
    return { ok: true, value: answer.value.items.filter(isOver) };
  });
  return (
    <Section title={t('bed:alarms')}>
      {mine.length === 0 ? <p className="state-note">{t('bed:noAlarms')}</p> : null}
      <ul className="alarm-list">
        {mine.map((alarm) => (
          <AlarmRow key={alarm.alarmId} alarm={alarm} over={false} />
        ))}
      </ul>
      <h3>{t('bed:ended')}</h3>
      <Loaded load={load} again={again} what={t('bed:theAlarms')}>
        {(all) => {
          const ended = all.filter(({ alarmId }) => !mine.some((each) => each.alarmId === alarmId));
          if (ended.length === 0) return <p className="state-note">{t('bed:noneEnded')}</p>;
          return (
            <ul className="alarm-list">
              {ended.map((alarm) => (
                <AlarmRow key={alarm.alarmId} alarm={alarm} over />
              ))}
            </ul>
          );
        }}
      </Loaded>
    </Section>
  );
}

/** Devices of the bed, and how they are as far as their gateways say. */
export function BedDevices({ view }: { view: Pick<BedView, 'bedId' | 'deviceIds'> }) {
  const devices = useSignal(useStation().feeds.devices);
  return (
    <Section title={t('bed:devices')}>
      {view.deviceIds.length === 0 ? <p className="state-note">{t('bed:noDevices')}</p> : null}
      <ul className="bed-devices">
        {view.deviceIds.map((deviceId) => {
          const known = [...devices.values()].find((each) => each.deviceId === deviceId);
          const online = known?.online ?? null;
          return (
            <li key={deviceId} data-online={String(online)}>
              <b>
                <bdi>{plainText(deviceId)}</bdi>
              </b>
              {known?.model ? <bdi>{plainText(known.model)}</bdi> : null}
              <span className="bed-device-state">
                {online === null ? t('bed:onlineUnknown') : online ? t('bed:online') : t('bed:offline')}
              </span>
              <span>
                {known === undefined || known.batteryPct === null
                  ? t('bed:batteryUnknown')
                  : t('bed:battery', { pct: numberText(known.batteryPct, 0) })}
              </span>
              <Ticker
                text={(now) => (now && known?.lastAtMs ? heardText(online, (now.eventMs - known.lastAtMs) / now.rate) : '')}
              />
            </li>
          );
        })}
      </ul>
    </Section>
  );
}

/** Scores with their parts. What a person stands for and what the machine makes of it never share a label. */
export function BedScores({ view }: { view: BedView }) {
  const station = useStation();
  const encounterId = view.encounter?.encounterId;
  const newest = (view.scores ?? []).map(({ basis, atMs }) => `${basis} ${atMs}`).join();
  const { load, again } = useLoad(encounterId ? ['scores', encounterId, newest] : null, () => stayScores(encounterId ?? ''));
  return (
    <Section title={t('bed:scores')}>
      <p className="tile-scores">
        {scoreChips(view.scores, encounterId, station.now()).map((chip) => (
          <span key={chip.basis} className="score" data-basis={chip.basis} data-expired={chip.isExpired}>
            {chip.text}
          </span>
        ))}
      </p>
      {view.scores === undefined ? <p className="state-note">{t('bed:noScores')}</p> : null}
      <Loaded load={load} again={again} what={t('bed:theScores')}>
        {(scores) => {
          const estimate = scores.items.find(({ basis, score }) => basis === 'estimate' && score === 'news2') ?? null;
          return <EstimateBox estimate={estimate} nowMs={station.now()?.eventMs ?? Infinity} />;
        }}
      </Loaded>
      <Link className="button" to="/b/$bedId/news2" params={{ bedId: view.bedId }}>
        {t('bed:toScores')}
      </Link>
    </Section>
  );
}
