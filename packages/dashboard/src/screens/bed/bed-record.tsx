import { Link, useParams } from '@tanstack/react-router';
import type { BedId, BedView, History, Patient } from '@vigil/contracts';
import { useEffect, useState } from 'react';
import { bed, history, patient } from '../../live/care-api.js';
import type { Answer } from '../../live/problem.js';
import { birthDateText } from '../../model/format.js';
import { personName } from '../../model/identity-check.js';
import { screensOf } from '../../model/screens-of.js';
import { ClosedRecord, isClosed } from '../../parts/closed-record.js';
import { useStationIfAny } from '../../parts/hooks.js';
import { Loaded, Section, whenText } from '../../parts/parts.js';
import { SignInNote } from '../../parts/sign-in-note.js';
import { lastOf, type Load, useLoad } from '../../parts/use-load.js';
import { BreakGlass } from '../../shell/break-glass.js';
import { useRightsTo } from '../../shell/grants.js';
import { useIdentity } from '../../shell/identity.js';
import '../../styles/bed.css';
import '../../styles/stays.css';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';
import { BedBanner } from './bed-banner.js';
import { HOUR_METRICS, LastHour } from './last-hour.js';
import { LiveBed } from './live-bed.js';

const HOUR_MS = 3_600_000;
const EVERY_MS = 10 * 60_000;

export function BedRoute() {
  const { bedId } = useParams({ from: '/b/$bedId' });
  return <BedRecord bedId={bedId} />;
}

/** All of one bed, for those who treat whoever lies in it or have opened the record in an emergency. */
export function BedRecord({ bedId }: { bedId: string }) {
  const { user } = useIdentity();
  if (user) return <OpenRecord key={`${bedId} ${user.staffId}`} bedId={bedId} />;
  return <SignInNote title={t('bed:record')} why={t('bed:stationOnly')} />;
}

function OpenRecord({ bedId }: { bedId: string }) {
  const { load, again } = useLoad(['beds', bedId], () => bed(bedId));
  if (isClosed(load)) {
    const title = t('bed:bedTitle', { bed: bedId });
    return <ClosedRecord title={title} bedId={bedId as BedId} what={t('bed:theRecord')} onOpened={again} />;
  }
  return (
    <div className="office bed-screen">
      <Loaded load={load} again={again} what={t('bed:theBed')} title={t('bed:record')}>
        {(view) => <OfBed view={view} again={again} />}
      </Loaded>
    </div>
  );
}

function OfBed({ view, again }: { view: BedView; again: () => void }) {
  const { encounter, bedId } = view;
  const patientId = encounter?.patientId ?? null;
  const rights = useRightsTo({ bedId, patientId });
  const station = useStationIfAny();
  const record = useLoad(patientId === null ? null : ['patients', patientId, rights], () => patient(patientId ?? ''));
  const newestMs = Math.max(0, ...view.readings.map((reading) => reading.atMs));
  const toMs = Math.floor(station?.now()?.eventMs ?? newestMs) + 1;
  /* Nothing of whoever lay here before stands under this name. */
  const fromMs = Math.min(toMs - 1, Math.max(0, toMs - HOUR_MS, encounter?.sinceMs ?? 0));
  /* Asked only once the record was opened: a refusal is one entry of the audit trail, and not one for each metric. */
  const isOpen = record.load.kind === 'ready';
  const chart = useLoad(isOpen ? ['beds', bedId, 'last-hour', encounter?.encounterId, rights] : null, () =>
    lastHour(bedId, fromMs, toMs),
  );
  const who = useWho(record.load, patientId);
  if (!encounter) {
    return (
      <>
        <BedBanner view={view} who={null} />
        <p className="state-note">{t('bed:nobody')}</p>
        <EmptyBed bedId={bedId} />
      </>
    );
  }
  if (isClosed(record.load) || isClosed(chart.load)) {
    return (
      <>
        <h1>{plainText(view.label)}</h1>
        <BreakGlass whom={{ bedId }} what={t('bed:theRecordWithHistory')} onOpened={again} />
      </>
    );
  }
  return (
    <>
      <BedBanner view={view} who={who} />
      {record.load.kind === 'failed' ? (
        <Loaded load={record.load} again={record.again} what={t('bed:thePatient')}>
          {() => null}
        </Loaded>
      ) : null}
      <LiveBed view={view} who={who} rights={rights} again={again} />
      <Section title={t('bed:lastHour')}>
        <Loaded load={chart.load} again={chart.again} what={t('bed:theHistory')}>
          {(histories) => <LastHour histories={histories} />}
        </Loaded>
      </Section>
    </>
  );
}

/** While the record is asked for under other rights, the last one of the same patient: what somebody types below it stays. */
function useWho(load: Load<Patient>, patientId: string | null): Patient | null {
  const now = lastOf(load);
  const [last, setLast] = useState<Patient | null>(null);
  useEffect(() => setLast((before) => (load.kind === 'loading' ? before : now)), [load.kind, now]);
  return load.kind === 'loading' && last?.patientId === patientId ? last : now;
}

/** Who comes next, and who was here before. */
function EmptyBed({ bedId }: { bedId: BedId }) {
  const { user } = useIdentity();
  return (
    <nav className="bed-actions" aria-label={t('bed:actions')}>
      {screensOf(user?.roles ?? []).has('stays') ? (
        <Link className="button primary" to="/admit" search={{ bed: bedId }}>
          {t('stays:admitHere')}
        </Link>
      ) : null}
      <Link className="button" to="/b/$bedId/review" params={{ bedId }}>
        {t('bed:review')}
      </Link>
    </nav>
  );
}

/** Who it is, by the record. */
export function PatientFacts({ who, sinceMs }: { who: Patient; sinceMs: number | null }) {
  const facts = [
    [t('bed:name'), personName(who)],
    [t('bed:born'), birthDateText(who.birthDate)],
    [t('bed:mrn'), who.mrn],
    [t('bed:sex'), t(`bed:sex.${who.sex}`)],
    ...(sinceMs === null ? [] : [[t('bed:since'), whenText(sinceMs)]]),
  ];
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <bdi>{value}</bdi>
          </dd>
        </div>
      ))}
    </dl>
  );
}

async function lastHour(bedId: string, fromMs: number, toMs: number): Promise<Answer<readonly History[]>> {
  const range = { fromMs, toMs, everyMs: EVERY_MS };
  const answers = await Promise.all(HOUR_METRICS.map((metric) => history(bedId, metric, range)));
  const failed = answers.find((answer) => !answer.ok);
  if (failed && !failed.ok) return failed;
  return { ok: true, value: answers.flatMap((answer) => (answer.ok ? [answer.value] : [])) };
}
