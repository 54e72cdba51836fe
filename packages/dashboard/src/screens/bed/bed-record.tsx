import { useParams } from '@tanstack/react-router';
import type { BedId, BedView, History, MetricName, Patient } from '@vigil/contracts';
import { bed, history, patient } from '../../live/care-api.js';
import type { Answer } from '../../live/problem.js';
import { birthDateText, clockText, unitText, valueText } from '../../model/format.js';
import { chartRows, gapText } from '../../model/history-rows.js';
import { BreakGlass } from '../../shell/break-glass.js';
import { useGrants } from '../../shell/grants.js';
import { useStationIfAny } from '../../parts/hooks.js';
import { useIdentity } from '../../shell/identity.js';
import { Loaded, Section, Table, whenText } from '../../parts/parts.js';
import { useLoad } from '../../parts/use-load.js';

const SHOWN: readonly (readonly [MetricName, string])[] = [
  ['heartRate', 'HR'],
  ['spo2', 'SpO₂'],
  ['respirationRate', 'RR'],
  ['temperature', 'Temp'],
];
const HOUR_MS = 3_600_000;
const EVERY_MS = 10 * 60_000;

export function BedRoute() {
  const { bedId } = useParams({ from: '/b/$bedId' });
  return <BedRecord bedId={bedId} />;
}

/** The record of whoever lies in this bed, for those who treat the patient or have opened it in an emergency. */
export function BedRecord({ bedId }: { bedId: string }) {
  const { user, signIn } = useIdentity();
  if (user) return <OpenRecord key={`${bedId} ${user.staffId}`} bedId={bedId} />;
  return (
    <div className="page-note">
      <h1>Record</h1>
      <p>A station shows beds and alarms. Sign in to open a record.</p>
      <button type="button" className="button primary" onClick={signIn}>
        Sign in
      </button>
    </div>
  );
}

function OpenRecord({ bedId }: { bedId: string }) {
  const { open } = useGrants();
  const { load, again } = useLoad(['beds', bedId], () => bed(bedId));
  if (load.kind === 'failed' && load.trouble.code === 'not-found') {
    return (
      <div className="office">
        <h1>Bed {bedId}</h1>
        <BreakGlass whom={{ bedId: bedId as BedId }} what="The record" onOpened={again} />
      </div>
    );
  }
  return (
    <div className="office">
      <h1>Record{load.kind === 'ready' ? `: ${load.value.label}` : ''}</h1>
      <Loaded load={load} again={again} what="the bed">
        {(view) => <OfBed view={view} again={again} rights={open.map((grant) => grant.grantId).join()} />}
      </Loaded>
    </div>
  );
}

/** @param rights changes with each grant that comes or goes: what is shown was asked for under the rights of now */
function OfBed({ view, again, rights }: { view: BedView; again: () => void; rights: string }) {
  const { encounter, bedId } = view;
  const patientId = encounter?.patientId ?? null;
  const station = useStationIfAny();
  const record = useLoad(patientId === null ? null : ['patients', patientId, rights], () => patient(patientId ?? ''));
  const newestMs = Math.max(0, ...view.readings.map((reading) => reading.atMs));
  const toMs = Math.floor(station?.now()?.eventMs ?? newestMs) + 1;
  /* Asked only once the record was opened: a refusal is one entry of the audit trail, and not one for each metric. */
  const isOpen = record.load.kind === 'ready';
  const chart = useLoad(isOpen ? ['beds', bedId, 'last-hour', rights] : null, () => lastHour(bedId, toMs));
  if (!encounter) return <p className="state-note">Nobody lies in this bed.</p>;
  const isClosed = [record.load, chart.load].some((load) => load.kind === 'failed' && isNotMine(load.trouble.code));
  if (isClosed) return <BreakGlass whom={{ bedId }} what="The record, with its history," onOpened={again} />;
  return (
    <>
      <Section title="Patient">
        <Loaded load={record.load} again={record.again} what="the patient">
          {(who) => <PatientFacts who={who} sinceMs={encounter.sinceMs} />}
        </Loaded>
      </Section>
      <Section title="Last hour">
        <Loaded load={chart.load} again={chart.again} what="the history">
          {(histories) => <Chart histories={histories} />}
        </Loaded>
      </Section>
    </>
  );
}

/** What one may not see does not exist: the server says so in the same words as for nothing. */
export const isNotMine = (code: string): boolean => code === 'not-found' || code === 'forbidden';

export function PatientFacts({ who, sinceMs }: { who: Patient; sinceMs: number | null }) {
  return (
    <dl className="facts">
      <div>
        <dt>Name</dt>
        <dd>
          <b>{who.familyName.toUpperCase()}</b>, {who.givenName}
        </dd>
      </div>
      <div>
        <dt>Born</dt>
        <dd>{birthDateText(who.birthDate)}</dd>
      </div>
      <div>
        <dt>Record number</dt>
        <dd>{who.mrn}</dd>
      </div>
      <div>
        <dt>Sex</dt>
        <dd>{who.sex}</dd>
      </div>
      {sinceMs === null ? null : (
        <div>
          <dt>In this bed since</dt>
          <dd>{whenText(sinceMs)}</dd>
        </div>
      )}
    </dl>
  );
}

async function lastHour(bedId: string, toMs: number): Promise<Answer<readonly History[]>> {
  const range = { fromMs: Math.max(0, toMs - HOUR_MS), toMs, everyMs: EVERY_MS };
  const answers = await Promise.all(SHOWN.map(([metric]) => history(bedId, metric, range)));
  const failed = answers.find((answer) => !answer.ok);
  if (failed && !failed.ok) return failed;
  return { ok: true, value: answers.flatMap((answer) => (answer.ok ? [answer.value] : [])) };
}

function Chart({ histories }: { histories: readonly History[] }) {
  /* Every metric of the bed tells the same gaps. */
  const gaps = histories[0]?.gaps ?? [];
  const rows = chartRows(histories, gaps);
  if (rows.length === 0) return <p className="state-note">No values in the last hour.</p>;
  const head = SHOWN.map(([metric, name]) => {
    const unit = histories.find((each) => each.metric === metric)?.unit;
    return unit ? `${name} ${unitText(unit)}` : name;
  });
  return (
    <Table label="Values of the last hour" head={['From', ...head]}>
      {rows.map((row) =>
        row.kind === 'values' ? (
          <Values key={row.atMs} atMs={row.atMs} histories={histories} />
        ) : (
          <tr key={`gap ${row.atMs} ${row.gap.toMs} ${row.gap.deviceId}`} className="gap-row">
            <th scope="row">{clockText(row.atMs).slice(0, 5)}</th>
            <td colSpan={SHOWN.length}>{gapText(row.gap)}</td>
          </tr>
        ),
      )}
    </Table>
  );
}

function Values({ atMs, histories }: { atMs: number; histories: readonly History[] }) {
  return (
    <tr>
      <th scope="row">{clockText(atMs).slice(0, 5)}</th>
      {SHOWN.map(([metric]) => {
        const point = histories.find((each) => each.metric === metric)?.items.find((p) => p.atMs === atMs);
        return <td key={metric}>{point ? rangeText(metric, point) : '–'}</td>;
      })}
    </tr>
  );
}

function rangeText(metric: MetricName, { value, min, max }: History['items'][number]): string {
  if (value === null) return '–';
  const [mean, low, high] = [value, min, max].map((each) => valueText(metric, each));
  return min === null || max === null || low === high ? `${mean}` : `${mean} (${low}–${high})`;
}
