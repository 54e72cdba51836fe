import type { LimitsOffRow } from '@vigil/contracts';
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { durationText } from '../model/format.js';
import { bedsideOff, countLimitsOff } from '../model/limits-off-count.js';
import { useSignal, useStation } from '../parts/hooks.js';
import { Said } from '../parts/said.js';
import { t } from '../words/words.js';

/** How often the ages of bedside pauses are looked at. Wall time. */
const LOOK_EVERY_MS = 10_000;

/** By how much this unit alarms less than it would, and the question whether that is still meant (HZ-D6, CK-S38). */
export function LimitsOffStrip() {
  const station = useStation();
  const board = useSignal(station.feeds.limitsOff);
  if (!board) return null;
  const counts = countLimitsOff(board.rows);
  return (
    <>
      <BedsideOff rows={board.rows} />
      {counts.length > 0 ? (
        <div className="banner limits-off">
          <span>
            {t('shell:limitsOff', { what: counts.map(({ kind, count }) => t(`shell:limitsOff.${kind}`, { count })).join(' · ') })}
          </span>
          <Link to="/alarms/limits-off" className="banner-link">
            {t('shell:showBoard')}
          </Link>
        </div>
      ) : null}
    </>
  );
}

/** A bedside monitor whose alarms have been off for ten minutes is asked about, and again ten minutes after somebody has looked. */
function BedsideOff({ rows }: { rows: readonly LimitsOffRow[] }) {
  const station = useStation();
  const [checked, setChecked] = useState<ReadonlyMap<string, number>>(new Map());
  const [, look] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => look((n) => n + 1), LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  const now = station.now();
  const asked = now ? bedsideOff(rows, now.eventMs, checked) : [];
  if (!now || asked.length === 0) return null;
  const what = asked.map(({ label, sinceMs }) =>
    sinceMs === null
      ? t('shell:bedsideOffUnknown', { bed: label })
      : t('shell:bedsideOffBed', { bed: label, age: durationText(now.eventMs - sinceMs) }),
  );
  return (
    <div className="banner warn" role="alert">
      <span>
        <Said>{t('shell:bedsideOff', { what: what.join(', ') })}</Said>
      </span>
      <button
        type="button"
        className="button"
        onClick={() => setChecked(new Map([...checked, ...asked.map(({ key }) => [key, now.eventMs] as const)]))}
      >
        {t('shell:checked')}
      </button>
    </div>
  );
}
