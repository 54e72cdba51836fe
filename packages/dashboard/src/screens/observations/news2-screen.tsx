import '../../styles/observations.css';
import { Link, useParams } from '@tanstack/react-router';
import type { BedId, BedView, ScoreView, StayScores } from '@vigil/contracts';
import { useCallback, useEffect, useState } from 'react';
import { patient } from '../../live/care-api.js';
import { chartedHistory, encounter, stayScores } from '../../live/scores-api.js';
import { chartedAs, chartedSets } from '../../model/news2.js';
import { momentText, timeZone } from '../../model/time-words.js';
import { ClosedRecord, isClosed } from '../../parts/closed-record.js';
import { PatientLine } from '../../parts/patient-line.js';
import { Loaded } from '../../parts/parts.js';
import { SignInNote } from '../../parts/sign-in-note.js';
import { useBed } from '../../parts/use-bed.js';
import { lastOf, useLoad } from '../../parts/use-load.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';
import { ChartedNow } from './charted-now.js';
import { EntryDialog } from './entry-dialog.js';
import { EstimateBox } from './estimate-box.js';
import { NewsChart } from './news-chart.js';
import { Protocol } from './protocol.js';
import { ScaleBox } from './scale-box.js';

const ROUTE = '/b/$bedId/news2' as const;
/** The engine has read a set some seconds after it was charted. */
const AGAIN_MS = 5_000;
const CHART_EVERY_MS = 60_000;
const NONE: readonly ScoreView[] = [];
const SETS_MAX = 24;
const HISTORY_MS = 10 * 86_400_000;

/** Observations that somebody stands for, on the chart of the Royal College of Physicians; the estimate apart from them. */
export function News2Route() {
  const { bedId } = useParams({ from: ROUTE });
  const { user } = useIdentity();
  if (user) return <OfPerson key={`${bedId} ${user.staffId}`} bedId={bedId as BedId} />;
  return <SignInNote title={t('observations:title')} why={t('observations:signIn')} />;
}

function OfPerson({ bedId }: { bedId: BedId }) {
  const { load, again, rights } = useBed(bedId, 'news2');
  const what = t('observations:theChart');
  if (isClosed(load)) return <ClosedRecord title={t('observations:title')} bedId={bedId} what={what} onOpened={again} />;
  return (
    <div className="office news">
      <Loaded load={load} again={again} what={what} title={t('observations:title')}>
        {(view) =>
          view.encounter === null ? (
            <>
              <h1>{t('observations:titleOf', { bed: view.label })}</h1>
              <p className="state-note">{t('observations:nobody')}</p>
            </>
          ) : (
            <OfStay key={view.encounter.encounterId} view={view} stay={view.encounter} rights={rights} refresh={again} />
          )
        }
      </Loaded>
    </div>
  );
}

type Stay = NonNullable<BedView['encounter']>;

/** Which set is written: of now, or anew of a moment. */
interface Entering {
  readonly atMs: number | null;
  /** What counts for that moment until then (`chartedAs`). */
  readonly before: string;
}
/** A set that was sent and that the chart does not show yet. */
interface Sent {
  readonly atMs: number;
  readonly before: string;
}

interface OfStayProps {
  readonly view: BedView;
  readonly stay: Stay;
  readonly rights: string;
  /** Asks for the bed again: what its devices say is offered only while it is fresh. */
  readonly refresh: () => void;
}

function OfStay({ view, stay, rights, refresh }: OfStayProps) {
  const who = useLoad(['patients', stay.patientId, rights], () => patient(stay.patientId));
  const about = useLoad(['encounters', stay.encounterId, rights], () => encounter(stay.encounterId));
  const scores = useLoad(['scores', stay.encounterId, rights], () => stayScores(stay.encounterId), { everyMs: AGAIN_MS });
  const mrn = lastOf(who.load)?.mrn ?? null;
  /* Half a set that somebody has typed does not vanish because one answer is missing; what ages does. */
  const kept = lastOf(scores.load);
  const [entering, setEntering] = useState<Entering | null>(null);
  const [sent, setSent] = useState<Sent | null>(null);
  const onArrived = useCallback(() => setSent(null), []);
  return (
    <>
      <header className="news-head">
        <h1>{t('observations:titleOf', { bed: view.label })}</h1>
        <PatientLine encounter={stay} mrn={mrn} />
        <Link className="button no-print" to="/b/$bedId" params={{ bedId: view.bedId }}>
          {t('alarm:toBed')}
        </Link>
        <Link className="button no-print" to="/b/$bedId/review" params={{ bedId: view.bedId }}>
          {t('observations:toHistory')}
        </Link>
        <button type="button" className="button no-print" onClick={() => window.print()}>
          {t('review:print')}
        </button>
      </header>
      <Loaded load={about.load} again={about.again} what={t('observations:theScores')}>
        {({ ageGroup = 'adult' }) => (
          <Loaded load={scores.load} again={scores.again} what={t('observations:theScores')}>
            {(value, oldMs) =>
              ageGroup === 'adult' ? (
                <Scores
                  {...{ view, stay, mrn, rights, sent, onArrived, oldMs }}
                  scores={value}
                  onEnter={(next) => {
                    refresh();
                    setEntering(next);
                  }}
                />
              ) : (
                <NotForThem group={ageGroup} scores={value} oldMs={oldMs} />
              )
            }
          </Loaded>
        )}
      </Loaded>
      {entering === null || kept === null ? null : (
        <EntryDialog
          key={entering.atMs ?? 'new'}
          view={view}
          stay={stay}
          mrn={mrn}
          settings={kept.settings}
          nowMs={scores.load.kind === 'ready' ? scores.load.value.nowMs : null}
          atMs={entering.atMs}
          onClose={() => setEntering(null)}
          onCharted={(atMs) => {
            setSent({ atMs, before: entering.before });
            setEntering(null);
            scores.again();
          }}
        />
      )}
    </>
  );
}

interface ScoresProps {
  readonly view: BedView;
  readonly stay: Stay;
  readonly scores: StayScores;
  readonly mrn: string | null;
  readonly rights: string;
  readonly sent: Sent | null;
  readonly onArrived: () => void;
  /** How long ago the scores were so; 0: they are what the server says now. */
  readonly oldMs: number;
  readonly onEnter: (next: Entering) => void;
}

function Scores({ view, stay, scores, mrn, rights, sent, onArrived, oldMs, onEnter }: ScoresProps) {
  const nowMs = scores.nowMs + oldMs;
  const charted = scores.items.find((item) => item.score === 'news2' && item.basis === 'charted') ?? null;
  const estimate = scores.items.find((item) => item.score === 'news2' && item.basis === 'estimate') ?? null;
  // With each new set the chart is asked for again; what somebody corrects elsewhere, of whichever moment, comes in a minute.
  const newest = charted === null ? '' : `${charted.atMs} ${chartedAs([charted], charted.atMs)}`;
  const history = useLoad(
    ['scores', scores.encounterId, 'news2', newest, rights],
    () => chartedHistory(scores.encounterId, { fromMs: scores.nowMs - HISTORY_MS, toMs: scores.nowMs + 60_000 }, true),
    { everyMs: sent === null ? CHART_EVERY_MS : AGAIN_MS },
  );
  const items = history.load.kind === 'ready' ? history.load.value : NONE;
  const isThere = sent !== null && chartedAs(items, sent.atMs) !== sent.before && history.load.kind === 'ready';
  useEffect(() => {
    if (isThere) onArrived();
  }, [isThere, onArrived]);
  return (
    <>
      <div className="news-boxes">
        <ChartedNow
          charted={charted}
          nowMs={nowMs}
          isWaiting={sent !== null && !isThere}
          onEnter={() => onEnter({ atMs: null, before: '' })}
        />
        {oldMs > 0 ? null : <EstimateBox estimate={estimate} nowMs={nowMs} />}
        <ScaleBox encounterId={scores.encounterId} settings={scores.settings} stay={stay} mrn={mrn} />
      </div>
      <Loaded load={history.load} again={history.again} what={t('observations:theChart')}>
        {(all) => (
          <NewsChart
            sets={chartedSets(all, SETS_MAX)}
            scale={scores.settings.spo2Scale}
            onAmend={(atMs) => onEnter({ atMs, before: chartedAs(all, atMs) })}
            nowMs={nowMs}
          />
        )}
      </Loaded>
      <Protocol charted={charted} />
      <PrintNote label={view.label} />
    </>
  );
}

/** NEWS2 is for adults: for children the server may have another estimate, under its own name, shown while it is what it says now. */
function NotForThem({ group, scores, oldMs }: Pick<ScoresProps, 'scores' | 'oldMs'> & { group: 'paediatric' | 'neonate' }) {
  const pews = scores.items.find((item) => item.score === 'bedsidePews' && item.basis === 'estimate' && item.isValid);
  return (
    <section className="card" aria-label={t('observations:title')}>
      <p className="state-note">{t(`observations:notFor.${group}`)}</p>
      {oldMs > 0 ? null : pews === undefined ? (
        <p>{t('observations:pewsNone')}</p>
      ) : (
        <p>{t('observations:pews', { min: pews.min, max: pews.max, missing: pews.missing.length })}</p>
      )}
    </section>
  );
}

function PrintNote({ label }: { label: string }) {
  const { user, serverNowMs } = useIdentity();
  const words = { bed: label, zone: timeZone(), user: user?.name ?? '', at: momentText(serverNowMs()) };
  return <p className="print-only">{t('observations:printed', words)}</p>;
}
