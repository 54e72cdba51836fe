import type { AlarmLoad } from '@vigil/contracts';
import { useState } from 'react';
import { alarmLoadOf, alarmLoadPath } from '../../live/on-call-api.js';
import { conditionName } from '../../model/condition-words.js';
import { shareText, timesOf } from '../../model/on-call-words.js';
import { numberText } from '../../model/format.js';
import { momentText } from '../../model/time-words.js';
import { ChooseUnit } from '../../shell/choose-unit.js';
import { useIdentity } from '../../shell/identity.js';
import { Loaded, Section, Table } from '../../parts/parts.js';
import { useLoad } from '../../parts/use-load.js';
import { t } from '../../words/words.js';

const DAY_MS = 86_400_000;
const DAYS = [1, 7, 30] as const;
const CONDITION_HEAD = [
  ...([
    'reports:condition',
    'reports:alarms',
    'reports:share',
    'reports:useful',
    'reports:nuisance',
    'reports:artefact',
  ] as const),
];

/** How many alarms a care unit has and how they are answered. Nothing of a patient, nothing of single people. */
export function LoadScreen() {
  const { serverNowMs } = useIdentity();
  const [toMs] = useState(() => Math.round(serverNowMs()));
  const [days, setDays] = useState<number>(7);
  return (
    <ChooseUnit>
      {(careUnitId) => (
        <>
          <div className="choices" role="group" aria-label={t('reports:howFar')}>
            {DAYS.map((each) => (
              <button key={each} type="button" className="button" aria-pressed={days === each} onClick={() => setDays(each)}>
                {t('reports:days', { count: each })}
              </button>
            ))}
            <a className="button" href={alarmLoadPath(careUnitId, toMs - days * DAY_MS, toMs, 'csv')}>
              {t('reports:asCsv')}
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
    <Loaded load={load} again={again} what={t('reports:what')}>
      {(value) => (
        <>
          <Figures load={value} />
          <Section title={t('reports:conditionsTitle')}>
            <Table label={t('reports:conditions')} head={CONDITION_HEAD.map((key) => t(key))}>
              {value.conditions.map((each) => (
                <tr key={each.conditionCode}>
                  <th scope="row">{conditionName(each.conditionCode)}</th>
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
    [t('reports:alarms'), t('reports:alarmsBy', { n: load.alarms, ...byPriority })],
    [t('reports:perBedAndDay'), load.perBedAndDay === null ? '–' : numberText(load.perBedAndDay, 1)],
    [t('reports:patientsTechnical'), t('reports:two', { a: load.physiological, b: load.technical })],
    [t('reports:noisiest'), shareText(stays.topTenthShare)],
    [t('reports:toFirstPage'), timesOf(load.toFirstPage)],
    [t('reports:toAccept'), timesOf(load.toAccept)],
    [t('reports:toArrive'), timesOf(load.toArrive)],
    [
      t('reports:notAccepted'),
      t('reports:notAcceptedOf', { n: escalations.unaccepted, begun: escalations.begun, exhausted: escalations.exhausted }),
    ],
    [t('reports:passedOn'), String(load.declines)],
    [t('reports:floods'), t('reports:floodsOf', floods)],
    [t('reports:flapping'), t('reports:flappingOf', { n: load.flapping, same: load.duplicates })],
    [t('reports:shelved'), String(load.shelved)],
    [t('reports:saidFalse'), shareText(labels.falseShare)],
  ];
  return (
    <Section title={t('reports:figuresTitle')}>
      {load.countedToMs !== null && load.countedToMs < load.toMs ? (
        <p className="state-note">{t('reports:countedUntil', { at: momentText(load.countedToMs) })}</p>
      ) : null}
      <Table label={t('reports:figures')} head={[t('reports:figureWhat'), t('reports:figure')]}>
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
