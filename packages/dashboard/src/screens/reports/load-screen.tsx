import type { AlarmLoad } from '@vigil/contracts';
import { useState } from 'react';
import { alarmLoadOf, alarmLoadPath } from '../../live/on-call-api.js';
import { shareText, timesOf } from '../../model/on-call-words.js';
import { ChooseUnit } from '../../shell/choose-unit.js';
import { Loaded, Section, Table, whenText } from '../../parts/parts.js';
import { useLoad } from '../../parts/use-load.js';

const DAY_MS = 86_400_000;
const DAYS = [1, 7, 30] as const;

/** How many alarms a care unit has and how they are answered. Nothing of a patient, nothing of single people. */
export function LoadScreen() {
  const [toMs] = useState(() => Date.now());
  const [days, setDays] = useState<number>(7);
  return (
    <ChooseUnit>
      {(careUnitId) => (
        <>
          <div className="choices" role="group" aria-label="How far back">
            {DAYS.map((each) => (
              <button key={each} type="button" className="button" aria-pressed={days === each} onClick={() => setDays(each)}>
                {each === 1 ? '1 day' : `${each} days`}
              </button>
            ))}
            <a className="button" href={alarmLoadPath(careUnitId, toMs - days * DAY_MS, toMs, 'csv')}>
              As a table (CSV)
            </a>
          </div>
          <OfUnit careUnitId={careUnitId} fromMs={toMs - days * DAY_MS} toMs={toMs} />
        </>
      )}
    </ChooseUnit>
  );
}

function OfUnit({ careUnitId, fromMs, toMs }: { careUnitId: string; fromMs: number; toMs: number }) {
  const { load, again } = useLoad(['reports', 'alarm-load', careUnitId, fromMs], () => alarmLoadOf(careUnitId, fromMs, toMs));
  return (
    <Loaded load={load} again={again} what="the alarm load">
      {(value) => (
        <>
          <Figures load={value} />
          <Section title="Conditions with the most alarms">
            <Table label="Conditions" head={['Condition', 'Alarms', 'Share', 'Said to be of use', 'Nuisance', 'Artefact']}>
              {value.conditions.map((each) => (
                <tr key={each.conditionCode}>
                  <th scope="row">{each.conditionCode}</th>
                  <td>{each.alarms}</td>
                  <td>{shareText(each.share)}</td>
                  <td>{each.labels.actionable}</td>
                  <td>{each.labels.nuisance}</td>
                  <td>{each.labels.artefact}</td>
                </tr>
              ))}
            </Table>
          </Section>
        </>
      )}
    </Loaded>
  );
}

function Figures({ load }: { load: AlarmLoad }) {
  const { byPriority, escalations, floods, labels, stays } = load;
  const rows: readonly (readonly [string, string])[] = [
    ['Alarms', `${load.alarms} (high ${byPriority.high}, medium ${byPriority.medium}, low ${byPriority.low})`],
    ['Per bed and day', load.perBedAndDay === null ? '–' : load.perBedAndDay.toFixed(1)],
    ['Of patients, and technical', `${load.physiological}, ${load.technical}`],
    ['Share of the noisiest tenth of the stays', shareText(stays.topTenthShare)],
    ['To the first page', timesOf(load.toFirstPage)],
    ['To accept', timesOf(load.toAccept)],
    ['To be there', timesOf(load.toArrive)],
    ['Not accepted', `${escalations.unaccepted} of ${escalations.begun} (${escalations.exhausted} after everybody was told)`],
    ['Passed on', String(load.declines)],
    ['Floods (more than 10 in 10 min)', `${floods.unit} of the care unit, ${floods.beds} of single beds`],
    ['Came and went', `${load.flapping}; the same again within 5 min: ${load.duplicates}`],
    ['Put away for a while', String(load.shelved)],
    ['Said to be false', shareText(labels.falseShare)],
  ];
  return (
    <Section title="In figures">
      {load.countedToMs !== null && load.countedToMs < load.toMs ? (
        <p className="state-note">Counted until {whenText(load.countedToMs)}; the rest follows.</p>
      ) : null}
      <Table label="Figures" head={['What', 'Figure']}>
        {rows.map(([what, figure]) => (
          <tr key={what}>
            <th scope="row">{what}</th>
            <td>{figure}</td>
          </tr>
        ))}
      </Table>
    </Section>
  );
}
