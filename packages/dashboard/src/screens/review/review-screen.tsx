import '../../styles/review.css';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import type { BedId, BedView, Patient } from '@vigil/contracts';
import { Tabs } from 'radix-ui';
import { useState } from 'react';
import { patient } from '../../live/care-api.js';
import { atText, momentText, timeZone } from '../../model/time-words.js';
import { panesOf, type ReviewSearch, spanOf, type ReviewTab, TABS } from '../../model/review.js';
import type { TimeSpan } from '../../model/trend.js';
import { useStationIfAny } from '../../parts/hooks.js';
import { ClosedRecord, isClosed } from '../../parts/closed-record.js';
import { PatientLine } from '../../parts/patient-line.js';
import { Loaded } from '../../parts/parts.js';
import { SignInNote } from '../../parts/sign-in-note.js';
import { useBed } from '../../parts/use-bed.js';
import { lastOf, useLoad } from '../../parts/use-load.js';
import { BreakGlass } from '../../shell/break-glass.js';
import { useIdentity } from '../../shell/identity.js';
import { direction, t } from '../../words/words.js';
import { EventsTab } from './events-tab.js';
import { GraphicalTab } from './graphical-tab.js';
import { LiveChip } from './live-chip.js';
import { ReviewBar } from './review-bar.js';
import { TableTab } from './table-tab.js';
import { useReview } from './use-review.js';

const ROUTE = '/b/$bedId/review' as const;

/** What was, at one bed. Never to be taken for what is: frame, word and time say so, and the chip shows the bed as it is now. */
export function ReviewRoute() {
  const { bedId } = useParams({ from: ROUTE });
  const { user } = useIdentity();
  if (user) return <OfPerson key={`${bedId} ${user.staffId}`} bedId={bedId as BedId} />;
  return <SignInNote title={t('review:title')} why={t('review:signIn')} />;
}

function OfPerson({ bedId }: { bedId: BedId }) {
  const { load, again, rights } = useBed(bedId, 'review');
  if (isClosed(load))
    return <ClosedRecord title={t('review:title')} bedId={bedId} what={t('review:theHistory')} onOpened={again} />;
  return (
    <Loaded load={load} again={again} what={t('review:theBed')} title={t('review:title')}>
      {(view) => <OfBed view={view} rights={rights} />}
    </Loaded>
  );
}

function OfBed({ view, rights }: { view: BedView; rights: string }) {
  const station = useStationIfAny();
  const { serverNowMs } = useIdentity();
  const patientId = view.encounter?.patientId ?? null;
  const who = useLoad(patientId === null ? null : ['patients', patientId, rights], () => patient(patientId ?? ''));
  const newestMs = Math.max(0, ...view.readings.map((reading) => reading.atMs));
  const eventNowMs = (): number => Math.max(newestMs + 1, station?.now()?.eventMs ?? (newestMs > 0 ? 0 : serverNowMs()));
  const [nowMs, setNowMs] = useState(eventNowMs);
  const search = useSearch({ from: ROUTE });
  const span = spanOf(search, nowMs);
  return (
    <div className="review" data-screen="review">
      <header className="review-head">
        <p className="review-stamp">
          <b>{t('review:history')}</b> <SpanWords span={span} isNow={search.to === undefined} />
        </p>
        <LiveChip bedId={view.bedId} label={view.label} />
        <h1>{t('review:titleOf', { bed: view.label })}</h1>
        <Who view={view} who={lastOf(who.load)} />
      </header>
      <PrintNote view={view} span={span} />
      <Body view={view} search={search} span={span} nowMs={nowMs} rights={rights} onNow={() => setNowMs(eventNowMs())} />
    </div>
  );
}

function SpanWords({ span, isNow }: { span: TimeSpan; isNow: boolean }) {
  const length = span.toMs - span.fromMs;
  const words = { from: atText(span.fromMs, Math.max(length, 43_200_001)), to: atText(span.toMs, Math.max(length, 43_200_001)) };
  return <span>{isNow ? t('review:spanNow', words) : t('review:span', words)}</span>;
}

function Who({ view, who }: { view: BedView; who: Patient | null }) {
  if (view.encounter === null) return <p className="review-who">{t('review:nobodyNow')}</p>;
  return <PatientLine encounter={view.encounter} mrn={who?.mrn ?? null} />;
}

/** Only on paper: whose it is, from where and by whom. */
function PrintNote({ view, span }: { view: BedView; span: TimeSpan }) {
  const { user } = useIdentity();
  const words = {
    bed: view.label,
    zone: timeZone(),
    user: user?.name ?? '',
    from: momentText(span.fromMs),
    to: momentText(span.toMs),
  };
  return <p className="print-only">{t('review:printed', words)}</p>;
}

function Body(props: {
  readonly view: BedView;
  readonly search: ReviewSearch;
  readonly span: TimeSpan;
  readonly nowMs: number;
  readonly rights: string;
  readonly onNow: () => void;
}) {
  const { view, search, span, nowMs, rights, onNow } = props;
  const navigate = useNavigate({ from: ROUTE });
  const go = (change: ReviewSearch): void => {
    if (change.to === undefined && 'to' in change) onNow();
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  };
  const tab = search.tab ?? 'graphical';
  const panes = panesOf(search);
  const data = useReview({ view, panes, span, tab, rows: search.rows ?? 1, rights });
  const { histories } = data;
  // The bed itself is there.
  if (isClosed(histories)) return <BreakGlass whom={{ bedId: view.bedId }} what={t('review:theHistory')} onOpened={data.again} />;
  return (
    <Tabs.Root className="review-body" dir={direction()} value={tab} onValueChange={(value) => go({ tab: value as ReviewTab })}>
      <div className="review-tools no-print">
        <Tabs.List className="review-tabs" aria-label={t('review:views')}>
          {TABS.map((each) => (
            <Tabs.Trigger key={each} value={each} className="button">
              {t(`review:tab.${each}`)}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        <ReviewBar bedId={view.bedId} search={search} span={span} nowMs={nowMs} panes={panes} go={go} />
        <Link className="button" to="/b/$bedId" params={{ bedId: view.bedId }}>
          {t('alarm:toBed')}
        </Link>
        <Link className="button" to="/b/$bedId/news2" params={{ bedId: view.bedId }}>
          {t('review:toScores')}
        </Link>
      </div>
      <Tabs.Content value="graphical">
        <GraphicalTab data={data} span={span} nowMs={nowMs} panes={panes} view={view} search={search} go={go} />
      </Tabs.Content>
      <Tabs.Content value="table">
        <TableTab data={data} span={span} nowMs={nowMs} rows={search.rows ?? 1} go={go} view={view} />
      </Tabs.Content>
      <Tabs.Content value="events">
        <EventsTab data={data} span={span} view={view} go={go} />
      </Tabs.Content>
    </Tabs.Root>
  );
}
