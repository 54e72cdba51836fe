import type { AlarmView } from '@vigil/contracts';
import type { ReactNode } from 'react';
import { explanationOf } from '../../live/alarm-api.js';
import { peakOf } from '../../model/alarm-detail.js';
import { whatText } from '../../model/alarm-line.js';
import { alarmDurationText, evidenceText, limitText } from '../../model/alarm-text.js';
import { wordsFor } from '../../model/condition-words.js';
import { clockText, metricUnitText, numberText, unitText, valueText } from '../../model/format.js';
import { Section, Table } from '../../parts/parts.js';
import { Ticker } from '../../parts/ticker.js';
import { useLoad } from '../../parts/use-load.js';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';

/** What was measured against what, from when to when, so that a person can check the alarm. */
export function AlarmFacts({ alarm }: { alarm: AlarmView }) {
  const { load } = useLoad(['alarm', alarm.alarmId, 'explanation'], () => explanationOf(alarm.alarmId));
  const peak = peakOf(alarm, load.kind === 'ready' ? load.value : null);
  const runbook = load.kind === 'ready' ? load.value.runbook : null;
  const { metric, evidence } = alarm;
  const limit = evidence.limit;
  return (
    <Section title={t('alarm:whatHappened')}>
      <p className="alarm-what-line">{whatText(alarm)}</p>
      {runbook === null ? null : <RunbookLine {...runbook} />}
      <dl className="alarm-dl">
        <Fact name={t('alarm:onset')}>{clockText(alarm.onsetMs)}</Fact>
        <Fact name={t('alarm:end')}>
          {alarm.endedAtMs === null ? (alarm.active ? t('alarm:holds') : t('alarm:overSince')) : clockText(alarm.endedAtMs)}
        </Fact>
        <Fact name={t('alarm:lasted')}>
          <Ticker even text={(now) => alarmDurationText(alarm, now)} />
        </Fact>
        {evidenceText(alarm) === '' ? null : <Fact name={t('alarm:value')}>{evidenceText(alarm)}</Fact>}
        {peak === null || metric === null ? null : (
          <Fact name={t('alarm:peak')}>
            {valueText(metric, peak.value)} {metricUnitText(metric)}
            {peak.atMs === null ? '' : ` · ${clockText(peak.atMs)}`}
          </Fact>
        )}
        {limit === null ? null : <Fact name={t('alarm:limit')}>{limitOf(alarm, limit)}</Fact>}
        <WindowFacts alarm={alarm} />
      </dl>
      <Parts alarm={alarm} />
      {alarm.text === '' ? null : (
        <p className="alarm-record">
          <span className="alarm-record-name">
            {t('alarm:inRecord')} ({t('alarm:fromRecord')}):
          </span>{' '}
          <q lang="en" dir="ltr">
            {plainText(alarm.text)}
          </q>
        </p>
      )}
    </Section>
  );
}

/** What to do stands in the line above it; a link is there only where the site has said where its runbook is. */
function RunbookLine({ entry, url }: { entry: string; url: string | null }) {
  const name = t('alarm:runbook', { entry });
  return (
    <p className="alarm-runbook">
      {url === null ? (
        name
      ) : (
        <a href={url} target="_blank" rel="noopener noreferrer">
          {name}
        </a>
      )}
    </p>
  );
}

function limitOf({ metric, evidence }: AlarmView, limit: number): string {
  const isOwn = metric !== null && (evidence.unit === null || evidence.window === undefined);
  return isOwn && metric ? limitText(metric, limit) : `${numberText(limit, 0, 2)} ${unitText(evidence.unit ?? '')}`.trim();
}

function WindowFacts({ alarm: { evidence } }: { alarm: AlarmView }) {
  const { window, samples, samplesExpected, because = [] } = evidence;
  return (
    <>
      {window === undefined ? null : (
        <Fact name={t('alarm:window')}>
          {t('alarm:windowText', {
            from: clockText(window.fromMs),
            to: clockText(window.toMs),
            aggregate: wordsOf('aggregate', window.aggregate),
          })}
        </Fact>
      )}
      {samples === null || samplesExpected === null ? null : (
        <Fact name={t('alarm:coverage')}>{t('alarm:coverageText', { samples, samplesExpected })}</Fact>
      )}
      {because.length === 0 ? null : (
        <Fact name={t('alarm:because')}>
          <bdi>{because.map(plainText).join(t('alarms:and'))}</bdi>
        </Fact>
      )}
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Each part of a score with its points and its age: what is missing is said to be. */
function Parts({ alarm: { evidence } }: { alarm: AlarmView }) {
  const { parts } = evidence;
  if (parts === undefined) return null;
  const head = [t('alarm:part'), t('alarm:points'), t('alarm:value'), t('alarm:measuredAt'), t('alarm:source')];
  return (
    <Table label={t('alarm:tableOf', { what: t('alarm:parts') })} head={head}>
      {parts.map(({ part, points, value, atMs, source }) => (
        <tr key={part} data-missing={value === null}>
          <th scope="row">{wordsOf('part', part)}</th>
          <td>{points === null ? t('alarm:missing') : points}</td>
          <td>{value === null ? t('alarm:missing') : typeof value === 'number' ? numberText(value, 0, 2) : plainText(value)}</td>
          <td>{atMs === null ? '' : clockText(atMs)}</td>
          <td>{source === null ? '' : t(`alarm:source.${source}`)}</td>
        </tr>
      ))}
    </Table>
  );
}

/** A code of a later version is shown as it is. */
export const wordsOf = (kind: string, code: string): string => wordsFor(`${kind}.${code}`, {}, 'alarm') ?? plainText(code);
