import type { AlarmView, Patient } from '@vigil/contracts';
import { shortText } from '../../model/alarm-text.js';
import { CELL_SPECS, cellOf } from '../../model/cell.js';
import { birthDateText } from '../../model/format.js';
import { personName } from '../../model/identity-check.js';
import type { BedInfo } from '../../model/unit-state.js';
import { useStation } from '../../parts/hooks.js';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';
import { PrintedAt } from '../beds/print-list.js';
import { usePrinting } from '../beds/use-printing.js';

interface BedSheetProps {
  readonly bed: BedInfo;
  readonly who: Patient | null;
  readonly alarms: readonly AlarmView[];
}

/** One bed on paper: two identifiers, values with their ages, alarms, the time and who printed it. */
export function BedSheet({ bed, who, alarms }: BedSheetProps) {
  const printing = usePrinting();
  const station = useStation();
  if (!printing) return null;
  const now = station.liveNow();
  const readings = station.readings()?.readings.get(bed.bedId) ?? new Map();
  const identifiers = [
    who ? personName(who) : plainText(bed.encounter?.displayName ?? t('beds:nobody')),
    bed.encounter ? birthDateText(bed.encounter.birthDate) : '',
    who ? plainText(who.mrn) : '',
  ];
  return (
    <div className="print-sheet">
      <h1>{plainText(bed.label)}</h1>
      <p>
        <b>{identifiers.filter(Boolean).join(' · ')}</b>
      </p>
      <PrintedAt now={now} />
      <table>
        <tbody>
          {CELL_SPECS.map((spec) => {
            const { label, text, unit, note, limits } = cellOf(spec, readings, bed.limits, now);
            return (
              <tr key={spec.key}>
                <th scope="row">{label}</th>
                <td>
                  {text} {unit}
                </td>
                <td>{note}</td>
                <td>{limits}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <h2>{t('bed:alarms')}</h2>
      <p>{alarms.length === 0 ? t('bed:noAlarms') : alarms.map(shortText).join('; ')}</p>
    </div>
  );
}
