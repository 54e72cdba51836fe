import type { EncounterId, StayLimits } from '@vigil/contracts';
import { useState } from 'react';
import { stayLimits } from '../../live/limits-api.js';
import { metricLabel } from '../../model/condition-words.js';
import { limitRangeText, metricUnitText } from '../../model/format.js';
import type { Who } from '../../model/identity-check.js';
import { Loaded, Section, Table, whenText } from '../../parts/parts.js';
import { useLoad } from '../../parts/use-load.js';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';
import { LimitDialog } from './limit-dialog.js';

interface BedLimitsProps {
  readonly encounterId: EncounterId;
  /** Changes when a limit that the live picture shows is another. */
  readonly version: string;
  readonly who: Who;
  readonly place: string;
}

/** The limits that hold, whose they are, and what a person has set for this stay until when. */
export function BedLimits({ encounterId, version, who, place }: BedLimitsProps) {
  const { load, again } = useLoad(['limits', encounterId, version], () => stayLimits(encounterId));
  const [changing, setChanging] = useState<StayLimits | null>(null);
  return (
    <Section title={t('bed:limits')}>
      <Loaded load={load} again={again} what={t('bed:theLimits')}>
        {({ items }) => (
          <Table
            label={t('bed:limitsTable')}
            head={[t('bed:metric'), t('bed:holds'), t('bed:ofUnit'), t('bed:own'), t('bed:change')]}
          >
            {items.map((line) => (
              <Line key={line.metric} line={line} onChange={() => setChanging(line)} />
            ))}
          </Table>
        )}
      </Loaded>
      {changing ? (
        <LimitDialog
          key={`${changing.metric} ${changing.rev}`}
          encounterId={encounterId}
          line={changing}
          who={who}
          place={place}
          onClose={() => {
            setChanging(null);
            /* Also where it was refused: what holds may be another than when the dialog was opened. */
            again();
          }}
        />
      ) : null}
    </Section>
  );
}

function Line({ line, onChange }: { line: StayLimits; onChange: () => void }) {
  const { metric, low, high, unit, own } = line;
  const label = metricLabel(metric);
  const reason = own?.reason ?? t('bed:reasonUnreadable');
  return (
    <tr data-metric={metric} data-own={own !== null}>
      <th scope="row">
        {label} <span className="field-hint">{metricUnitText(metric)}</span>
      </th>
      <td>
        <b>{limitRangeText(metric, low, high) || t('bed:none')}</b>
      </td>
      <td>{limitRangeText(metric, unit.low, unit.high) || t('bed:none')}</td>
      <td>
        {own === null
          ? t('bed:asUnit')
          : t('bed:ownUntil', { time: whenText(own.toMs), name: own.setByName, reason: plainText(reason) })}
      </td>
      <td>
        <button type="button" className="button small" aria-label={t('bed:changeOf', { what: label })} onClick={onChange}>
          {t('bed:change')}
        </button>
      </td>
    </tr>
  );
}
