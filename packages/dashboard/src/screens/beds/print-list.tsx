import type { AlarmView } from '@vigil/contracts';
import { byBed } from '../../model/alarm-order.js';
import { shortText } from '../../model/alarm-text.js';
import { type Cell, CELL_SPECS, cellOf } from '../../model/cell.js';
import { birthDateText } from '../../model/format.js';
import type { Now } from '../../model/server-clock.js';
import type { UnitState } from '../../model/unit-state.js';
import { useStation } from '../../parts/hooks.js';
import { whenText } from '../../parts/parts.js';
import { useIdentity } from '../../shell/identity.js';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';
import { usePrinting } from './use-printing.js';

/** The list of beds on paper, with its time and who printed it; on the screen it is not there. */
export function PrintList({ unit, alarms }: { readonly unit: UnitState; readonly alarms: readonly AlarmView[] }) {
  const printing = usePrinting();
  const station = useStation();
  if (!printing) return null;
  return <Sheet unit={station.readings() ?? unit} alarms={alarms} now={station.liveNow()} />;
}

function Sheet({ unit, alarms, now }: { unit: UnitState; alarms: readonly AlarmView[]; now: Now | null }) {
  const ofBed = byBed(alarms);
  return (
    <div className="print-sheet">
      <h1>
        <bdi>{t('beds:printTitle', { unit: unit.label })}</bdi>
      </h1>
      <PrintedAt now={now} />
      <table>
        <thead>
          <tr>
            {(['bed', 'patient', 'birthDate', 'nurse'] as const).map((key) => (
              <th key={key} scope="col">
                {t(`beds:${key}`)}
              </th>
            ))}
            {CELL_SPECS.map((spec) => (
              <th key={spec.key} scope="col">
                {cellOf(spec, new Map(), [], null).label}
              </th>
            ))}
            <th scope="col">{t('beds:alarms')}</th>
          </tr>
        </thead>
        <tbody>
          {unit.order.map((bedId) => (
            <Row key={bedId} unit={unit} bedId={bedId} alarms={ofBed.get(bedId) ?? []} now={now} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** When, and by whom; and that nothing is known, where the picture was not live. */
export function PrintedAt({ now }: { readonly now: Now | null }) {
  const { user } = useIdentity();
  const station = useStation();
  const atMs = station.now()?.wallMs ?? Date.now();
  return (
    <p>
      {t('beds:printedAt', { time: whenText(atMs), name: user?.name ?? t('beds:station') })}{' '}
      {now === null ? <b>{t('beds:printedNotLive')}</b> : null}
    </p>
  );
}

interface RowProps {
  readonly unit: UnitState;
  readonly bedId: UnitState['order'][number];
  readonly alarms: readonly AlarmView[];
  readonly now: Now | null;
}

function Row({ unit, bedId, alarms, now }: RowProps) {
  const bed = unit.beds.get(bedId);
  if (!bed) return null;
  const readings = unit.readings.get(bedId) ?? new Map();
  const nurse = bed.nurses.find(({ role }) => role === 'primary') ?? bed.nurses[0];
  return (
    <tr>
      <th scope="row">{bed.label}</th>
      <td>
        <bdi>{plainText(bed.encounter?.displayName ?? t('beds:nobody'))}</bdi>
      </td>
      <td>{bed.encounter ? birthDateText(bed.encounter.birthDate) : ''}</td>
      <td>
        <bdi>{plainText(nurse?.name ?? '')}</bdi>
      </td>
      {CELL_SPECS.map((spec) => (
        <td key={spec.key}>{bed.encounter ? cellWords(cellOf(spec, readings, bed.limits, now), spec.groups.length > 1) : ''}</td>
      ))}
      <td>{alarms.map(shortText).join('; ')}</td>
    </tr>
  );
}

/** On paper nothing but its name tells a value of a cuff from an arterial one. */
function cellWords({ text, note, label, state }: Cell, named: boolean): string {
  if (state === 'hidden' || state === 'absent') return text;
  return [named && label, text, note && `(${note})`].filter(Boolean).join(' ');
}
