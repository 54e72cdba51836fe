import type { ScheduleContent, ShiftPlan } from '@vigil/contracts';
import type { CSSProperties, KeyboardEvent } from 'react';
import { gapsByDay, layersOf, type Piece, placeIn, type Shift } from '../../model/rota.js';
import { dayIn, endIn, type LocalDay, minuteIn, spanIn, weekdayIn } from '../../model/zone-time.js';
import { t } from '../../words/words.js';

interface WeekGridProps {
  readonly plan: ShiftPlan;
  readonly content: ScheduleContent;
  readonly days: readonly LocalDay[];
  readonly nowMs: number;
  readonly me: string;
  /** Null: not for this person. */
  readonly onOverride: ((shift: Shift) => void) | null;
  readonly onSwap: ((shift: Shift) => void) | null;
}

/** A week as a table: days across, rotations down; in each day the turns by their time. Arrows go from turn to turn. */
export function WeekGrid(props: WeekGridProps) {
  const { plan, content, days, nowMs } = props;
  const { timeZone } = content;
  const gaps = gapsByDay(plan.gaps, days);
  return (
    <div
      className="table-pane rota-pane"
      role="region"
      aria-label={`${content.label}: ${t('onCall:weekOf', weekEnds(days, timeZone))}`}
      tabIndex={0}
      onKeyDown={moveByArrows}
    >
      <table className="rota">
        <thead>
          <tr>
            <th scope="col">{t('onCall:layer')}</th>
            {days.map((day) => (
              <th key={day.date} scope="col" data-today={day.fromMs <= nowMs && nowMs < day.toMs}>
                {weekdayIn(day.fromMs, timeZone)} {dayIn(day.fromMs, timeZone)}
                {day.fromMs <= nowMs && nowMs < day.toMs ? <span className="detail">{t('onCall:today')}</span> : null}
                {day.hours === 24 ? null : <span className="detail dst">{t('onCall:hoursOfDay', { n: day.hours })}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {layersOf(plan, content, days).map((layer) => (
            <tr key={layer.rotationId ?? 'added'}>
              <th scope="row">
                <bdi>{layer.rotationId === null ? t('onCall:added') : layer.label}</bdi>
              </th>
              {layer.days.map((pieces, at) => (
                <td key={days[at]!.date}>
                  <Track pieces={pieces} />
                  {pieces.map((piece) => (
                    <Turn key={`${piece.shift.staffId}-${piece.fromMs}`} piece={piece} {...props} />
                  ))}
                </td>
              ))}
            </tr>
          ))}
          {plan.gaps.length === 0 ? null : (
            <tr className="rota-gaps">
              <th scope="row">{t('onCall:gapRow')}</th>
              {gaps.map((spans, at) => (
                <td key={days[at]!.date} data-gap={spans.length > 0}>
                  {spans.length > 0 ? <Track pieces={spans.map((span) => ({ ...span, ...placeIn(span, days[at]!) }))} /> : null}
                  {spans.map((span) => (
                    <span key={span.fromMs} className="gap-time">
                      {minuteIn(span.fromMs, timeZone)}–{endIn(span.toMs, timeZone)}
                    </span>
                  ))}
                </td>
              ))}
            </tr>
          )}
        </tbody>
      </table>
    </div>
  );
}

const weekEnds = (days: readonly LocalDay[], timeZone: string) => ({
  from: dayIn(days[0]!.fromMs, timeZone),
  to: dayIn(days.at(-1)!.fromMs, timeZone),
});

/** The day from its left edge to its right, with what is covered. */
function Track({ pieces }: { pieces: readonly Pick<Piece, 'fromMs' | 'startPct' | 'widthPct'>[] }) {
  return (
    <span className="track" aria-hidden="true">
      {pieces.map(({ fromMs, startPct, widthPct }) => (
        <span key={fromMs} style={{ '--start': `${startPct}%`, '--width': `${widthPct}%` } as CSSProperties} />
      ))}
    </span>
  );
}

function Turn({ piece, content, me, nowMs, onOverride, onSwap }: { piece: Piece } & WeekGridProps) {
  const { shift } = piece;
  const { timeZone } = content;
  const isMine = shift.staffId === me;
  const values = { name: shift.name, span: spanIn(shift, timeZone) };
  const said = shift.overrideId === null ? t('onCall:shiftName', values) : t('onCall:shiftOverridden', values);
  const act = shift.toMs <= nowMs ? null : onOverride !== null ? onOverride : isMine && shift.fromMs > nowMs ? onSwap : null;
  const inside = (
    <>
      <bdi>{shift.name}</bdi>
      <span className="turn-time">
        {minuteIn(piece.fromMs, timeZone)}–{endIn(piece.toMs, timeZone)}
      </span>
      {shift.overrideId === null ? null : <span className="tag">{t('onCall:overrideMark')}</span>}
    </>
  );
  if (act === null) {
    return (
      <span className="turn" data-mine={isMine} title={said}>
        {inside}
      </span>
    );
  }
  return (
    <button type="button" className="turn" data-mine={isMine} title={said} onClick={() => act(shift)}>
      {inside}
      <span className="visually-hidden">
        {said}. {act === onOverride ? t('onCall:actOverride') : t('onCall:actSwap')}
      </span>
    </button>
  );
}

const STEP: Readonly<Record<string, readonly [down: number, along: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** To the next turn in a direction, past cells that have none. Tab goes through all of them as well. */
function moveByArrows(event: KeyboardEvent<HTMLElement>): void {
  const step = STEP[event.key];
  const cell = (event.target as HTMLElement).closest('td');
  const table = event.currentTarget.querySelector('table');
  if (step === undefined || cell === null || table === null) return;
  const along = document.dir === 'rtl' ? -step[1] : step[1];
  let [row, column] = [(cell.parentElement as HTMLTableRowElement).rowIndex, cell.cellIndex];
  for (;;) {
    [row, column] = [row + step[0], column + along];
    const next = table.rows[row]?.cells[column];
    if (next === undefined) return;
    const turn = next.querySelector<HTMLElement>('button');
    if (turn === null) continue;
    event.preventDefault();
    return turn.focus();
  }
}

/** Gaps in words, before anything else: a step of a policy that finds nobody is skipped. */
export function GapList(props: {
  readonly gaps: ShiftPlan['gaps'];
  readonly timeZone: string;
  /** What is over by then is not to be filled. */
  readonly nowMs?: number;
  readonly onFill: ((gap: ShiftPlan['gaps'][number]) => void) | null;
}) {
  const { gaps, timeZone, nowMs = 0, onFill } = props;
  if (gaps.length === 0) return <p className="state-note no-gaps">{t('onCall:noGaps')}</p>;
  return (
    <section className="gap-list" aria-labelledby="gap-list">
      <h2 id="gap-list">{t('onCall:gapsTitle', { count: gaps.length })}</h2>
      <ul>
        {gaps.map((gap) => (
          <li key={gap.fromMs}>
            {t('onCall:gapLine', { span: spanIn(gap, timeZone) })}
            {/* Nobody can be on call in the past. */}
            {onFill === null || gap.toMs <= nowMs ? null : (
              <button type="button" className="button small" onClick={() => onFill(gap)}>
                {t('onCall:fillGap')}
                <span className="visually-hidden">: {spanIn(gap, timeZone)}</span>
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
