import type { MetricName } from '@vigil/contracts';
import { type KeyboardEvent, useId } from 'react';
import { durationText, isConverted, metricUnitText, valueText } from '../../model/format.js';
import { type DraftProblem, type Offer, ownOf } from '../../model/news2.js';
import { partValueText, partWord } from './part-words.js';
import { t } from '../../words/words.js';

/** A number, and beside it what the monitor says: pressing takes that one value over. Enter in an empty field does so too. */
export function NumberField(props: {
  readonly part: string;
  readonly metric: MetricName;
  readonly text: string;
  readonly problem: DraftProblem | undefined;
  readonly offer?: Offer | undefined;
  readonly nowMs: number;
  readonly onText: (text: string) => void;
}) {
  const { part, metric, text, problem, offer, nowMs, onText } = props;
  const id = useId();
  const offered = offer === undefined ? null : valueText(metric, offer.value);
  const own = isConverted(metric) && problem === undefined ? ownOf(metric, text) : null;
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || text !== '' || offered === null) return;
    event.preventDefault();
    onText(offered);
  };
  return (
    <div className="news-field" data-part={part}>
      <label htmlFor={id}>
        {part === 'flow' ? t('observations:flow') : partWord(part)} <small>{metricUnitText(metric)}</small>
      </label>
      <input
        id={id}
        inputMode="decimal"
        autoComplete="off"
        maxLength={6}
        value={text}
        aria-invalid={problem !== undefined}
        aria-describedby={`${id}-problem`}
        onChange={(event) => onText(event.target.value)}
        onKeyDown={onKey}
      />
      {offer === undefined || offered === null ? null : (
        <button type="button" className="button small" onClick={() => onText(offered)}>
          {t('observations:use', { value: offered, age: durationText(nowMs - offer.atMs) })}
        </button>
      )}
      <span className={own === null ? 'news-problem' : 'field-hint'} id={`${id}-problem`}>
        {own === null ? '' : t('observations:chartedAs', { value: partValueText(part, own) })}
        {problem === undefined ? '' : t(`observations:problem.${problem}`)}
      </span>
    </div>
  );
}

/** One of a few, by arrow keys. */
export function Choice<T extends string>(props: {
  readonly name: string;
  readonly legend: string;
  readonly value: T | '';
  readonly problem: DraftProblem | undefined;
  readonly options: readonly (readonly [T, string])[];
  readonly onValue: (value: T) => void;
}) {
  const { name, legend, value, problem, options, onValue } = props;
  return (
    <fieldset className="news-choice" data-part={name}>
      <legend>{legend}</legend>
      {options.map(([each, text]) => (
        <label key={each} className="news-option">
          <input type="radio" name={name} value={each} checked={value === each} onChange={() => onValue(each)} />
          {text}
        </label>
      ))}
      <span className="news-problem">{problem === undefined ? '' : t(`observations:problem.${problem}`)}</span>
    </fieldset>
  );
}
