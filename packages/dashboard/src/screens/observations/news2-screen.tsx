import '../../styles/observations.css';
import { Link, useParams } from '@tanstack/react-router';
import type { BedId, BedView, Encounter, Patient, StayScores } from '@vigil/contracts';
import { useState } from 'react';
import { bed, patient } from '../../live/care-api.js';
import { encounter, scoreHistory, stayScores } from '../../live/scores-api.js';
import { chartedSets } from '../../model/news2.js';
import { momentText, timeZone } from '../../model/time-words.js';
import { PatientLine } from '../../parts/patient-line.js';
import { Loaded } from '../../parts/parts.js';
import { useLoad } from '../../parts/use-load.js';
import { BreakGlass } from '../../shell/break-glass.js';
import { useGrants } from '../../shell/grants.js';
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
const SETS_MAX = 24;
const HISTORY_MS = 10 * 86_400_000;

/** Observations that somebody stands for, on the chart of the Royal College of Physicians; the estimate apart from them. */
export function News2Route() {
  const { bedId } = useParams({ from: ROUTE });
  const { user, signIn } = useIdentity();
  if (user) return <OfPerson key={`${bedId} ${user.staffId}`} bedId={bedId as BedId} />;
  return (
    <div className="page-note">
      <h1>{t('observations:title')}</h1>
      <p>{t('observations:signIn')}</p>
      <button type="button" className="button primary" onClick={signIn}>
        {t('common:signIn')}
      </button>
    </div>
  );
}

function OfPerson({ bedId }: { bedId: BedId }) {
  const { open } = useGrants();
  const rights = open.map((grant) => grant.grantId).join();
  const { load, again } = useLoad(['beds', bedId, 'news2', rights], () => bed(bedId));
  const what = t('observations:theChart');
  if (load.kind === 'failed' && load.trouble.code === 'not-found')
    return (
      <div className="office">
        <h1>{t('observations:title')}</h1>
        <BreakGlass whom={{ bedId }} what={what} onOpened={again} />
      </div>
    );
  return (
    <div className="office news">
      <Loaded load={load} again={again} what={what}>
        {(view) =>
          view.encounter === null ? (
            <>
              <h1>{t('observations:titleOf', { bed: view.label })}</h1>
              <p className="state-note">{t('observations:nobody')}</p>
            </>
          ) : (
            <OfStay key={view.encounter.encounterId} view={view} stay={view.encounter} rights={rights} />
          )
        }
      </Loaded>
    </div>
  );
}

type Stay = NonNullable<BedView['encounter']>;

function OfStay({ view, stay, rights }: { view: BedView; stay: Stay; rights: string }) {
  const who = useLoad(['patients', stay.patientId, rights], () => patient(stay.patientId));
  const about = useLoad(['encounters', stay.encounterId, rights], () => encounter(stay.encounterId));
  const scores = useLoad(['scores', stay.encounterId, rights], () => stayScores(stay.encounterId), { everyMs: AGAIN_MS });
  const mrn = who.load.kind === 'ready' ? who.load.value.mrn : null;
  return (
    <>
      <header className="news-head">
        <h1>{t('observations:titleOf', { bed: view.label })}</h1>
        <PatientLine encounter={stay} mrn={mrn} />
        <Link className="button no-print" to="/b/$bedId" params={{ bedId: view.bedId }}>
          {t('alarms:toBed')}
        </Link>
        <Link className="button no-print" to="/b/$bedId/review" params={{ bedId: view.bedId }}>
          {t('observations:toHistory')}
        </Link>
        <button type="button" className="button no-print" onClick={() => window.print()}>
          {t('review:print')}
        </button>
      </header>
      <Loaded load={scores.load} again={scores.again} what={t('observations:theScores')}>
        {(value) => (
          <Scores
            view={view}
            stay={stay}
            scores={value}
            who={who.load.kind === 'ready' ? who.load.value : null}
            about={about.load.kind === 'ready' ? about.load.value : null}
            rights={rights}
            again={scores.again}
          />
        )}
      </Loaded>
    </>
  );
}

function Scores(props: {
  readonly view: BedView;
  readonly stay: Stay;
  readonly scores: StayScores;
  readonly who: Patient | null;
  readonly about: Encounter | null;
  readonly rights: string;
  readonly again: () => void;
}) {
  const { view, stay, scores, who, about, rights, again } = props;
  const [entering, setEntering] = useState<{ readonly atMs: number | null } | null>(null);
  const [sentAtMs, setSentAtMs] = useState<number | null>(null);
  const charted = scores.items.find((item) => item.score === 'news2' && item.basis === 'charted') ?? null;
  const estimate = scores.items.find((item) => item.score === 'news2' && item.basis === 'estimate') ?? null;
  // The newest set names the history: with each new one the chart is asked for again.
  const key = ['scores', scores.encounterId, 'news2', charted?.atMs ?? 0, charted?.total ?? 0, rights];
  const history = useLoad(key, () =>
    scoreHistory(scores.encounterId, 'news2', { fromMs: scores.nowMs - HISTORY_MS, toMs: scores.nowMs + 60_000 }),
  );
  const group = about?.ageGroup ?? 'adult';
  if (group !== 'adult') return <NotForThem group={group} scores={scores} />;
  const isWaiting = sentAtMs !== null && (charted === null || charted.atMs < sentAtMs);
  return (
    <>
      <div className="news-boxes">
        <ChartedNow charted={charted} nowMs={scores.nowMs} isWaiting={isWaiting} onEnter={() => setEntering({ atMs: null })} />
        <EstimateBox estimate={estimate} nowMs={scores.nowMs} />
        <ScaleBox encounterId={scores.encounterId} settings={scores.settings} stay={stay} mrn={who?.mrn ?? null} />
      </div>
      <Loaded load={history.load} again={history.again} what={t('observations:theChart')}>
        {(items) => (
          <NewsChart
            sets={chartedSets(items, SETS_MAX)}
            scale={scores.settings.spo2Scale}
            onAmend={(atMs) => setEntering({ atMs })}
            nowMs={scores.nowMs}
          />
        )}
      </Loaded>
      <Protocol charted={charted} />
      <PrintNote label={view.label} />
      {entering === null ? null : (
        <EntryDialog
          view={view}
          stay={stay}
          mrn={who?.mrn ?? null}
          settings={scores.settings}
          nowMs={scores.nowMs}
          atMs={entering.atMs}
          onClose={() => setEntering(null)}
          onCharted={(atMs) => {
            setSentAtMs(atMs);
            setEntering(null);
            again();
          }}
        />
      )}
    </>
  );
}

/** NEWS2 is for adults: for children the server may have another estimate, under its own name. */
function NotForThem({ group, scores }: { group: 'paediatric' | 'neonate'; scores: StayScores }) {
  const pews = scores.items.find((item) => item.score === 'bedsidePews' && item.basis === 'estimate' && item.isValid);
  return (
    <section className="card" aria-label={t('observations:title')}>
      <p className="state-note">{t(`observations:notFor.${group}`)}</p>
      {pews === undefined ? (
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
