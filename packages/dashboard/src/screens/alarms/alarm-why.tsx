import type { AlarmView, Explanation } from '@vigil/contracts';
import { explanationOf } from '../../live/alarm-api.js';
import { conditionName } from '../../model/condition-words.js';
import { clockText, durationText, numberText } from '../../model/format.js';
import { Loaded, Section, Table } from '../../parts/parts.js';
import { useLoad } from '../../parts/use-load.js';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';
import { evidenceText } from '../../model/alarm-text.js';

/** Why this is an alarm: the rule, what was not seen then, every change, and the way that the reading took. */
export function AlarmWhy({ alarm }: { alarm: AlarmView }) {
  const { load, again } = useLoad(['alarm', alarm.alarmId, 'explanation'], () => explanationOf(alarm.alarmId));
  return (
    <>
      <Section title={t('alarm:explain')}>
        <Loaded load={load} again={again} what={t('alarm:loadingAlarm')}>
          {(record) => <Why record={record} />}
        </Loaded>
      </Section>
      {load.kind === 'ready' ? (
        <>
          <Section title={t('alarm:steps')}>
            <Steps alarm={alarm} record={load.value} />
          </Section>
          <Section title={t('alarm:way')}>
            <Way record={load.value} />
          </Section>
        </>
      ) : null}
    </>
  );
}

function Why({ record: { rule, lines, missing } }: { record: Explanation }) {
  return (
    <>
      <dl className="alarm-dl">
        <div>
          <dt>{t('alarm:rule')}</dt>
          <dd>
            <code dir="ltr">{plainText(rule.ruleId)}</code>
            <span lang="en" dir="ltr" className="rule-words">
              {rule.words.map(plainText).join(' ')}
            </span>
          </dd>
        </div>
        <div>
          <dt>{t('alarm:ruleSet')}</dt>
          <dd>
            <bdi>{rule.ruleSetName === null ? '' : plainText(rule.ruleSetName)}</bdi>{' '}
            <code dir="ltr">{rule.ruleSetHash.slice(0, 12)}</code>
          </dd>
        </div>
        <div>
          <dt>{t('alarm:missingThen')}</dt>
          <dd>
            <Missing missing={missing} />
          </dd>
        </div>
      </dl>
      <details className="alarm-lines">
        <summary>
          {t('alarm:inRecord')} ({t('alarm:fromRecord')})
        </summary>
        <ul lang="en" dir="ltr">
          {lines.map((line, i) => (
            <li key={`${i} ${line}`}>{plainText(line)}</li>
          ))}
        </ul>
      </details>
    </>
  );
}

function Missing({ missing: { gaps, technical, suppressed } }: { missing: Explanation['missing'] }) {
  if (gaps.length + technical.length + suppressed.length === 0) return t('alarm:nothingMissing');
  return (
    <ul>
      {gaps.map(({ fromMs, toMs, count }) => (
        <li key={`gap ${fromMs} ${toMs}`}>{t('alarm:gapText', { from: clockText(fromMs), to: clockText(toMs), count })}</li>
      ))}
      {technical.map(({ conditionCode, onsetMs }) => (
        <li key={`${conditionCode} ${onsetMs}`}>
          {t('alarm:standingText', { what: conditionName(conditionCode), time: clockText(onsetMs) })}
        </li>
      ))}
      {suppressed.map(({ id, rules }) => (
        <li key={id}>{t('alarm:suppressedText', { id, rules: rules.join(t('alarms:and')) })}</li>
      ))}
    </ul>
  );
}

function Steps({ alarm, record: { steps, stepsCut } }: { alarm: AlarmView; record: Explanation }) {
  const head = [t('alarm:when'), t('alarm:change'), t('alarms:priority'), t('alarm:value'), t('alarm:who')];
  return (
    <>
      <Table label={t('alarm:tableOf', { what: t('alarm:steps') })} head={head}>
        {steps.map(({ rev, cause, atMs, priority, by, evidence }) => (
          <tr key={rev}>
            <td>{clockText(atMs)}</td>
            <td>{t(`alarm:cause.${cause}`)}</td>
            <td>{t(`alarms:priority.${priority}`)}</td>
            <td>{evidenceText({ ...alarm, evidence })}</td>
            <td>{by === null ? '' : <bdi>{plainText(by)}</bdi>}</td>
          </tr>
        ))}
      </Table>
      {stepsCut ? <p className="field-hint">{t('alarm:stepsCut')}</p> : null}
    </>
  );
}

/** From the bed to the phone: when it was where, how long that took, and where it was late or lost. */
function Way({ record: { path } }: { record: Explanation }) {
  if (path.trigger === null) return <p>{t('alarm:noTrigger')}</p>;
  const head = [t('alarm:place'), t('alarm:time'), t('alarm:took'), t('alarm:allowed'), t('alarms:state')];
  return (
    <Table label={t('alarm:tableOf', { what: t('alarm:way') })} head={head}>
      {path.hops.map(({ place, atMs, afterMs, allowedMs, state }) => (
        <tr key={place} data-hop={state}>
          <th scope="row">{t(`alarm:hop.${place}`)}</th>
          <td>{atMs === null ? '' : clockText(atMs)}</td>
          <td>{afterMs === null ? '' : tookText(afterMs)}</td>
          <td>{allowedMs === null ? '' : tookText(allowedMs)}</td>
          <td>{t(`alarm:hopState.${state}`)}</td>
        </tr>
      ))}
    </Table>
  );
}

const LONG_MS = 10_000;

const tookText = (ms: number): string =>
  Math.abs(ms) < LONG_MS ? t('alarm:msText', { ms: numberText(Math.round(ms), 0) }) : durationText(ms);
