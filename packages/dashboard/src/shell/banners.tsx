import { callNumberOf } from '@vigil/contracts';
import { useEffect } from 'react';
import { originMark } from '../model/bed-status.js';
import { display } from '../model/display.js';
import { clockText } from '../model/format.js';
import { isAlarmId } from '../model/sift.js';
import { useSignal, useStation } from '../parts/hooks.js';
import { Said } from '../parts/said.js';
import { useSteadyState } from '../parts/steady-state.js';
import { t } from '../words/words.js';
import { LossQuiet } from './loss-quiet.js';
import { LimitsOffStrip } from './limits-off-strip.js';
import { SoundBanners } from './sound-banners.js';
import { WatchBanners } from './watch-banners.js';

/** What everybody at the station must know before they read a number. The gravest comes first. */
export function Banners() {
  const station = useStation();
  const health = useSignal(station.health);
  const isLive = useSignal(station.picture).kind === 'live';
  const notLivePatients = useNotLivePatients();
  return (
    <section className="banners" aria-label={t('safety:notices')}>
      <NotLive />
      {health.processing ? null : (
        <div className="banner not-live" role="alert">
          <Said>{t('safety:alarmsMissing')}</Said> {isLive ? <LossQuiet /> : null}
        </div>
      )}
      <Unreadable />
      <SoundBanners />
      <WatchBanners />
      <LimitsOffStrip />
      {health.demo || notLivePatients ? (
        <div className="banner demo">
          <b>{t('safety:demo')}</b>
        </div>
      ) : null}
      {health.rate === 1 ? null : (
        <div className="banner replay">
          <Said>{t('safety:replay', { rate: health.rate })}</Said>
        </div>
      )}
    </section>
  );
}

function NotLive() {
  const station = useStation();
  const picture = useSignal(station.picture);
  const { unlike } = useSignal(station.health);
  const number = callNumberOf(useSignal(display), station.careUnitId);
  if (picture.kind === 'connecting') return <NoPicture number={number} />;
  if (picture.kind !== 'lost') return null;
  return (
    <div className="banner not-live" role="alert">
      <Said>{t('safety:notLive', { time: clockText(picture.sinceWallMs) })}</Said>
      {number === null ? null : <b> {t('safety:callNumber', { number })}</b>}
      {unlike ? (
        <>
          {' '}
          {t('safety:notLiveUnlike')}{' '}
          <button type="button" className="button" onClick={() => location.reload()}>
            {t('safety:loadAgain')}
          </button>
        </>
      ) : null}{' '}
      <LossQuiet />
    </div>
  );
}

/** There never was one, and it takes so long that the screen sounds of itself; said also where it can't be heard. */
function NoPicture({ number }: { number: string | null }) {
  const shown = useSignal(useStation().sound.loss.shown);
  const isDue = shown.kind === 'sounds' || shown.kind === 'quiet' || (shown.kind === 'still' && shown.isDue);
  if (!isDue) return null;
  return (
    <div className="banner not-live" role="alert">
      <Said>{t('safety:noPicture')}</Said>
      {number === null ? null : <b> {t('safety:callNumber', { number })}</b>} <LossQuiet />
    </div>
  );
}

/** What this page could not read, by bed: permanent as long as it is so. */
function Unreadable() {
  const station = useStation();
  const unreadable = useSignal(station.reader.unreadable);
  const unit = useSignal(station.unit);
  if (unreadable.size === 0) return null;
  const label = (where: string): string => [...(unit?.beds.values() ?? [])].find(({ bedId }) => bedId === where)?.label ?? where;
  const where = (ids: readonly (readonly [string, string])[]): string =>
    [...new Set(ids.map(([, bed]) => (bed ? label(bed) : t('safety:unknownBed'))))].slice(0, 8).join(', ');
  const alarms = [...unreadable].filter(([id]) => isAlarmId(id));
  const values = [...unreadable].filter(([id]) => !isAlarmId(id));
  return (
    <>
      {alarms.length > 0 ? (
        <div className="banner not-live" role="alert">
          <Said>{t('safety:unreadableAlarms', { count: alarms.length, where: where(alarms) })}</Said>
        </div>
      ) : null}
      {values.length > 0 ? (
        <div className="banner warn" role="alert">
          <Said>{t('safety:unreadableValues', { where: where(values) })}</Said>
        </div>
      ) : null}
    </>
  );
}

/** True as soon as any reading is not of a live patient; looked at when a paint is due, set only when it changes. */
function useNotLivePatients(): boolean {
  const station = useStation();
  const [is, setIs] = useSteadyState(false);
  useEffect(
    () =>
      station.painter.add(() => {
        const readings = station.readings()?.readings.values() ?? [];
        setIs([...readings].some((ofBed) => originMark(ofBed) !== ''));
      }),
    [station, setIs],
  );
  return is;
}
