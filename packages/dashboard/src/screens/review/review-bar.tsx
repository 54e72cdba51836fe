import type { BedId } from '@vigil/contracts';
import { DropdownMenu } from 'radix-ui';
import { useState } from 'react';
import { PANE_IDS, type PaneId, type ReviewSearch, SPANS_H, stepped, zoomed } from '../../model/review.js';
import { stepText } from '../../model/time-words.js';
import type { TimeSpan } from '../../model/trend.js';
import { t } from '../../words/words.js';
import { ExportDialog } from './export-dialog.js';

interface ReviewBarProps {
  readonly bedId: BedId;
  readonly search: ReviewSearch;
  readonly span: TimeSpan;
  readonly nowMs: number;
  readonly panes: readonly PaneId[];
  readonly go: (change: ReviewSearch) => void;
}

/** Which time, how much of it, and what of it: everything that a drag does, by buttons too. */
export function ReviewBar(props: ReviewBarProps) {
  const { bedId, search, span, nowMs, panes, go } = props;
  const [exporting, setExporting] = useState(false);
  return (
    <>
      <SpanSelect span={span} go={go} />
      {/* As the axes of time: earlier is to the left in every language. */}
      <div className="review-steps" role="group" dir="ltr" aria-label={t('review:move')}>
        <button
          type="button"
          className="button"
          onClick={() => go({ to: stepped(span, -1, nowMs) })}
          aria-label={t('review:earlier')}
        >
          <span aria-hidden="true">◂</span>
        </button>
        <button
          type="button"
          className="button"
          aria-disabled={search.to === undefined}
          onClick={() => (search.to === undefined ? undefined : go({ to: stepped(span, 1, nowMs) }))}
          aria-label={t('review:later')}
        >
          <span aria-hidden="true">▸</span>
        </button>
        <button type="button" className="button" onClick={() => go({ to: undefined })}>
          {t('review:now')}
        </button>
        <Zoom {...props} factor={0.5} label={t('review:zoomIn')} sign="+" />
        <Zoom {...props} factor={2} label={t('review:zoomOut')} sign="−" />
      </div>
      <PaneMenu panes={panes} go={go} />
      <button type="button" className="button" onClick={() => setExporting(true)}>
        {t('review:export')}
      </button>
      <button type="button" className="button" onClick={() => window.print()}>
        {t('review:print')}
      </button>
      {exporting ? <ExportDialog bedId={bedId} span={span} panes={panes} onClose={() => setExporting(false)} /> : null}
    </>
  );
}

function SpanSelect({ span, go }: Pick<ReviewBarProps, 'span' | 'go'>) {
  const length = span.toMs - span.fromMs;
  const known = SPANS_H.map((hours) => hours * 3_600_000);
  const all = known.includes(length) ? known : [...known, length].sort((a, b) => a - b);
  return (
    <label className="review-span">
      {t('review:spanLabel')}
      <select value={length} onChange={(event) => go({ span: Number(event.target.value) })}>
        {all.map((ms) => (
          <option key={ms} value={ms}>
            {ms >= 48 * 3_600_000 ? t('review:days', { count: ms / 86_400_000 }) : stepText(ms)}
          </option>
        ))}
      </select>
    </label>
  );
}

function Zoom({
  span,
  nowMs,
  search,
  go,
  factor,
  label,
  sign,
}: ReviewBarProps & { factor: number; label: string; sign: string }) {
  const zoom = (): void => {
    const next = zoomed(span, factor, nowMs, search.cursor);
    go({ span: next.toMs - next.fromMs, to: next.toMs >= nowMs ? undefined : next.toMs });
  };
  return (
    <button type="button" className="button" aria-label={label} onClick={zoom}>
      <span aria-hidden="true">{sign}</span>
    </button>
  );
}

function PaneMenu({ panes, go }: Pick<ReviewBarProps, 'panes' | 'go'>) {
  const shown = new Set(panes);
  const toggle = (id: PaneId, isOn: boolean): void => {
    const next = PANE_IDS.filter((each) => (each === id ? isOn : shown.has(each)));
    if (next.length > 0) go({ panes: next.join() });
  };
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="button">{t('review:measurements')}</DropdownMenu.Trigger>
      <DropdownMenu.Content className="menu" align="end">
        {PANE_IDS.map((id) => (
          <DropdownMenu.CheckboxItem
            key={id}
            className="menu-item"
            checked={shown.has(id)}
            onCheckedChange={(isOn) => toggle(id, isOn)}
            onSelect={(event) => event.preventDefault()}
          >
            <DropdownMenu.ItemIndicator>✓ </DropdownMenu.ItemIndicator>
            {t(`review:pane.${id}`)}
          </DropdownMenu.CheckboxItem>
        ))}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}
