import type { BedId } from '@vigil/contracts';
import { useRef } from 'react';
import { SPARK_SPREAD, type SparkMetric } from '../../model/spark-store.js';
import { usePaint, useStation } from '../../parts/hooks.js';
import { sparksOf } from './spark-of.js';

/** The curve moves on by less than a pixel in this time; a new span is drawn at once. Wall time. */
const REDRAW_MS = 15_000;

/** The last hour of a number as a small curve. Drawn past React; a value that has stopped leaves its end empty. */
export function Sparkline({ bedId, metrics }: { readonly bedId: BedId; readonly metrics: readonly SparkMetric[] }) {
  const station = useStation();
  const path = useRef<SVGPathElement>(null);
  const drawn = useRef({ version: -1, wallMs: -Infinity, of: '' });
  const store = sparksOf(station);
  usePaint((now) => {
    const before = drawn.current;
    const of = `${bedId} ${now === null}`;
    const isSame = before.of === of && before.version === store.version;
    if (!path.current || (isSame && (now?.wallMs ?? 0) - before.wallMs < REDRAW_MS)) return;
    drawn.current = { version: store.version, wallMs: now?.wallMs ?? 0, of };
    const metric = metrics.find((each) => store.of(bedId, each) !== null);
    const next = now && metric ? (store.of(bedId, metric)?.path(now.eventMs, SPARK_SPREAD[metric]) ?? '') : '';
    if (path.current.getAttribute('d') !== next) path.current.setAttribute('d', next);
  });
  return (
    <svg className="num-spark" viewBox="0 -4 100 108" preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <path ref={path} d="" vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
