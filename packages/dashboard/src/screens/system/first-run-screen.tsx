import { isDone, missing, type Step, STEPS } from '../../model/first-run.js';
import { t } from '../../words/words.js';
import { SystemFrame } from './system-frame.js';
import { useSetUp } from './use-set-up.js';

/** What an administrator sets up before the first bed is watched; each line is asked of the platform. */
export function FirstRunScreen() {
  const steps = useSetUp();
  return (
    <SystemFrame title={t('system:firstRun')}>
      <p>{t('system:firstRunWhat')}</p>
      <Checklist steps={steps} />
    </SystemFrame>
  );
}

export function Checklist({ steps }: { steps: Readonly<Record<Step, boolean | null>> }) {
  const left = missing(steps);
  return (
    <section className="card" aria-label={t('system:firstRun')}>
      <p role="status">
        <b>{isDone(steps) ? t('system:firstRunDone') : left > 0 ? t('system:firstRunLeft', { count: left }) : ''}</b>
      </p>
      <ol className="checklist">
        {STEPS.map((step) => (
          <li key={step} data-done={steps[step] ?? 'unknown'}>
            <span aria-hidden="true">{steps[step] === null ? '?' : steps[step] ? '✓' : '○'}</span>
            <span>
              <b>{t(`system:step_${step}`)}</b>{' '}
              {steps[step] === null ? t('system:stepUnknown') : steps[step] ? t('system:stepDone') : t('system:stepMissing')}
              {steps[step] === false ? <span className="detail">{t(`system:do_${step}`)}</span> : null}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
