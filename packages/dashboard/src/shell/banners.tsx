import { clockText } from '../model/format.js';
import { originMark } from '../model/bed-status.js';
import { useSignal, useStation } from '../parts/hooks.js';
import { useEffect, useState } from 'react';

/** What everybody at the station must know before they read a number. The gravest comes first. */
export function Banners() {
  const station = useStation();
  const picture = useSignal(station.picture);
  const health = useSignal(station.health);
  const notLivePatients = useNotLivePatients();
  return (
    <section className="banners" aria-label="Notices">
      {picture.kind === 'lost' ? (
        <div className="banner not-live" role="alert">
          <b>NOT LIVE since {clockText(picture.sinceWallMs)}</b> – go to the bedside. Numbers are hidden; alarms are as of that
          time.
        </div>
      ) : null}
      {health.processing ? null : (
        <div className="banner not-live" role="alert">
          <b>ALARMS MAY BE MISSING</b> – the server is not processing data. Watch the bedside monitors.
        </div>
      )}
      {health.demo || notLivePatients ? (
        <div className="banner demo">
          <b>DEMO – NOT LIVE PATIENTS</b>
        </div>
      ) : null}
      {health.rate === 1 ? null : (
        <div className="banner replay">
          <b>replay {health.rate}x</b> – ages are in real time, onset times and durations in the time of the data
        </div>
      )}
    </section>
  );
}

/** True as soon as any reading is not of a live patient; looked at when a paint is due, set only when it changes. */
function useNotLivePatients(): boolean {
  const station = useStation();
  const [is, setIs] = useState(false);
  useEffect(
    () =>
      station.painter.add(() => {
        const readings = station.readings()?.readings.values() ?? [];
        setIs([...readings].some((ofBed) => originMark(ofBed) !== ''));
      }),
    [station],
  );
  return is;
}
