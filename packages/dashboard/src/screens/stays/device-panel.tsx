import type { DeviceCheck } from '@vigil/contracts';
import { useEffect, useRef, useState } from 'react';
import { deviceCheck } from '../../live/stays-api.js';
import { durationText, metricUnitText, valueText } from '../../model/format.js';
import { Loaded } from '../../parts/parts.js';
import { useLoad } from '../../parts/use-load.js';
import { t } from '../../words/words.js';

/** So long a person looks at what a device says before they answer for it. Wall time. */
export const LOOK_S = 10;
const EVERY_MS = 2_000;

/** What a device is: what can be read on its back. */
export function DeviceFacts({ check }: { check: DeviceCheck }) {
  const { deviceId, record, bed } = check;
  const facts = [
    [t('stays:deviceId'), deviceId],
    [t('stays:model'), [record.manufacturer, record.model].filter(Boolean).join(' ')],
    [t('stays:serial'), record.serial],
    [t('stays:keptAt'), record.place],
    [t('stays:standsAt'), bed ? bed.label : t('stays:atNoBed')],
  ] as const;
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <bdi>{value || t('stays:notRecorded')}</bdi>
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Asks for what the device says every two seconds, and says how long it was looked at. `onLooked` runs once, when it was long enough. */
export function DevicePanel({ deviceId, onLooked }: { deviceId: string; onLooked: (sawValues: boolean) => void }) {
  const { load, again } = useLoad(['device-check', deviceId], () => deviceCheck(deviceId), { everyMs: EVERY_MS });
  const [lookedS, setLookedS] = useState(0);
  const isReady = load.kind === 'ready';
  const hasValues = isReady && load.value.readings.some(({ value }) => value !== null);
  const told = useRef(false);
  const newest = useRef(onLooked);
  useEffect(() => {
    newest.current = onLooked;
  });
  useEffect(() => {
    if (!isReady) return;
    const timer = setInterval(() => setLookedS((s) => Math.min(LOOK_S, s + 1)), 1_000);
    return () => clearInterval(timer);
  }, [isReady]);
  useEffect(() => {
    if (lookedS < LOOK_S || told.current) return;
    told.current = true;
    newest.current(hasValues);
  }, [lookedS, hasValues]);
  return (
    <div className="device-panel">
      <Loaded load={load} again={again} what={t('stays:theDevice')}>
        {(check, oldMs) => (
          <>
            <DeviceFacts check={check} />
            {oldMs > 0 ? null : <Values check={check} />}
          </>
        )}
      </Loaded>
      <p role="status" className="field-hint">
        {lookedS < LOOK_S ? t('stays:looking', { count: LOOK_S - lookedS }) : t('stays:lookedLongEnough')}
      </p>
    </div>
  );
}

/** Never large: these are for comparing, and nobody watches by them. */
function Values({ check: { readings, withheld, nowMs } }: { check: DeviceCheck }) {
  if (withheld) return <p className="state-note">{t(`stays:withheld.${withheld}`)}</p>;
  if (readings.length === 0) return <p className="state-note">{t('stays:noValuesNow')}</p>;
  return (
    <ul className="check-values">
      {readings.map(({ metric, value, quality, atMs }) => (
        <li key={metric}>
          <span>{t(`conditions:metric.${metric}`)}</span>
          <b>
            {valueText(metric, quality === 'valid' || quality === 'questionable' ? value : null)} {metricUnitText(metric)}
          </b>
          <span>{t('stays:agoShort', { age: durationText(nowMs - atMs) })}</span>
        </li>
      ))}
    </ul>
  );
}
