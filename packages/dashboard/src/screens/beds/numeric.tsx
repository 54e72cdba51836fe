import type { AlarmView } from '@vigil/contracts';
import { useRef } from 'react';
import { needOf } from '../../model/alarm-order.js';
import { type Cell, cellOf, type CellSpec, isShown, withConflict } from '../../model/cell.js';
import type { SparkMetric } from '../../model/spark-store.js';
import type { BedInfo } from '../../model/unit-state.js';
import { usePaint, useStation } from '../../parts/hooks.js';
import { Sparkline } from './sparkline.js';

interface NumericProps {
  readonly spec: CellSpec;
  readonly bed: BedInfo;
  /** The most urgent alarm about this number. */
  readonly alarm: AlarmView | undefined;
  /** Two devices claim this number. */
  readonly conflict?: boolean;
}

const SPARKS: Readonly<Record<string, readonly SparkMetric[]>> = { hr: ['heartRate', 'pulseRate'], spo2: ['spo2'] };

/**
 * One number of a tile. React draws its frame once; digits, age and state are painted into it (style.md's dashboards
 * at 1 Hz: a render per sample is a render too many).
 */
export function Numeric({ spec, bed, alarm, conflict = false }: NumericProps) {
  const station = useStation();
  const root = useRef<HTMLDivElement>(null);
  const shown = useRef('');
  usePaint((now) => {
    const readings = station.readings()?.readings.get(bed.bedId) ?? new Map();
    const measured = cellOf(spec, readings, bed.limits, now);
    const cell = conflict ? withConflict(measured) : measured;
    const key = `${cell.state}|${cell.label}|${cell.text}|${cell.note}|${cell.brief}|${cell.limits}|${cell.unit}|${cell.beside}`;
    if (!root.current || key === shown.current) return;
    shown.current = key;
    write(root.current, cell);
  });
  const sparks = SPARKS[spec.key];
  return (
    <div
      ref={root}
      className={`num ${spec.key}`}
      data-alarm={alarm?.priority}
      data-need={alarm ? needOf(alarm) : undefined}
      data-cell={spec.key}
    >
      <div className="num-head">
        <span className="num-label" />
        <span className="num-limits" />
      </div>
      <div className="num-room">
        <div className="num-value">
          <span className="num-digits" dir="ltr" />
          <span className="num-minor" dir="ltr" />
          <span className="num-unit" />
        </div>
      </div>
      <div className="num-note" />
      {sparks ? <Sparkline bedId={bed.bedId} metrics={sparks} /> : null}
    </div>
  );
}

function write(root: HTMLElement, cell: Cell): void {
  root.dataset['state'] = cell.state;
  root.dataset['label'] = cell.label;
  root.dataset['questionable'] = String(cell.questionable);
  root.dataset['beside'] = String(cell.beside === true);
  const [, digits, minor] = /^(.*?)( \(.*\))?$/.exec(cell.text) ?? [];
  // Digits that are long take a smaller size; nothing of them is ever cut off.
  root.dataset['digits'] = String(Math.min(5, (digits ?? '').length));
  const texts: Readonly<Record<string, string>> = {
    '.num-label': cell.label,
    '.num-limits': cell.limits,
    '.num-digits': digits ?? '',
    '.num-minor': isShown(cell) ? (minor ?? '') : '',
    '.num-unit': isShown(cell) ? cell.unit : '',
  };
  for (const [selector, text] of Object.entries(texts)) {
    const element = root.querySelector(selector);
    if (element && element.textContent !== text) element.textContent = text;
  }
  writeNote(root.querySelector('.num-note'), cell);
}

/** The note, and beside it what is said of it where there is little room. */
function writeNote(note: Element | null, { note: full, brief }: Cell): void {
  const parts =
    full === ''
      ? []
      : brief === full
        ? [['num-full', full]]
        : [
            ['num-full', full],
            ['num-brief', brief],
          ];
  note?.replaceChildren(
    ...parts.map(([name = '', text = '']) => {
      const part = document.createElement('span');
      part.className = name;
      part.textContent = text;
      return part;
    }),
  );
}
