import { useState } from 'react';
import { onCallNow, sendTestPage, testPage } from '../../live/on-call-api.js';
import { onCallTroubleText } from '../../model/on-call-trouble.js';
import { wayWord } from '../../model/escalation-events.js';
import { momentText, secondText } from '../../model/time-words.js';
import { useSubmit } from '../../parts/form.js';
import { Loaded, Section } from '../../parts/parts.js';
import { useLoad } from '../../parts/use-load.js';
import { ChooseUnit } from '../../shell/choose-unit.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';
import { PushSection } from '../account/push-section.js';
import { OnCallParts } from './on-call-frame.js';
import { PersonSelect } from './person-select.js';
import { WaysSection } from './ways-section.js';
import type { TestPage } from '@vigil/contracts';

const LOOK_EVERY_MS = 1_500;

/** Whether one is told is tried before it matters. */
export function TestScreen() {
  return (
    <>
      <OnCallParts />
      <div className="cards">
        <WaysSection />
        <PushSection />
      </div>
      <ChooseUnit>{(careUnitId) => <TestSection key={careUnitId} careUnitId={careUnitId} />}</ChooseUnit>
    </>
  );
}

function TestSection({ careUnitId }: { careUnitId: string }) {
  const { user, checked } = useIdentity();
  const { busy, error, run } = useSubmit();
  const [to, setTo] = useState('');
  const [sent, setSent] = useState<TestPage | null>(null);
  const now = useLoad(['on-call', careUnitId, 'now'], () => onCallNow(careUnitId));
  const here = now.load.kind === 'ready' ? [...now.load.value.roles, ...now.load.value.schedules.flatMap((s) => s.people)] : [];
  const people = [...new Map(here.map(({ staffId, name }) => [staffId as string, { staffId, name }])).values()].filter(
    ({ staffId }) => staffId !== user?.staffId,
  );
  const send = (): void =>
    void run(async () => {
      const staffId = to === '' ? (user?.staffId ?? '') : to;
      const answer = checked(await sendTestPage(staffId));
      if (answer.ok) setSent(answer.value);
      if (answer.ok) return '';
      if (answer.trouble.code !== 'conflict') return onCallTroubleText(answer.trouble);
      const name = people.find((person) => person.staffId === to)?.name ?? to;
      return to === '' ? t('onCall:testConflict') : t('onCall:testConflictOther', { name });
    });
  return (
    <Section title={t('onCall:testTitle')}>
      <p>{t('onCall:testWhat')}</p>
      <div className="fields">
        <PersonSelect
          label={t('onCall:testTo')}
          name="to"
          people={people}
          value={to}
          onChange={setTo}
          none={t('onCall:myself')}
        />
      </div>
      <p className="form-error" role="alert">
        {error}
      </p>
      <button type="button" className="button primary" aria-disabled={busy} onClick={send}>
        {busy ? t('onCall:saving') : t('onCall:sendTest')}
      </button>
      {sent === null ? null : <LiveLadder key={sent.testId} sent={sent} />}
    </Section>
  );
}

/** Looked up anew as long as it is on the screen. */
function LiveLadder({ sent }: { sent: TestPage }) {
  const { staffId, testId } = sent;
  const { load, again } = useLoad(['test-page', testId], () => testPage(staffId, testId), { everyMs: LOOK_EVERY_MS });
  if (load.kind === 'loading') return <Ladder test={sent} />;
  return (
    <Loaded load={load} again={again} what={t('onCall:ladder')}>
      {(test) => <Ladder test={test} />}
    </Loaded>
  );
}

const STAGES = ['queued', 'sent', 'delivered', 'displayed', 'opened'] as const;

/** What is not said is not known: a rung without a time is no failure. */
export function Ladder({ test }: { test: TestPage }) {
  const isHeard = test.ways.some(({ receipts }) => receipts.some(({ stage }) => HEARD.has(stage)));
  return (
    <div className="ladder" role="status">
      <h3>{t('onCall:testAt', { name: test.name, at: momentText(test.atMs) })}</h3>
      <ul>
        {test.ways.map(({ pageId, channel, problem, receipts }) => (
          <li key={pageId}>
            <b>{t('onCall:testWay', { way: wayWord(channel) })}</b>
            <ol className="rungs">
              {STAGES.map((stage) => {
                const atMs = receipts.find((receipt) => receipt.stage === stage)?.atMs;
                return (
                  <li key={stage} data-known={atMs !== undefined}>
                    {t('onCall:stageAt', {
                      stage: t(`onCall:stage_${stage}`),
                      at: atMs === undefined ? t('onCall:testUnknown') : secondText(atMs),
                    })}
                  </li>
                );
              })}
              {receipts.some(({ stage }) => stage === 'failed') ? (
                <li data-failed="true">
                  <b>{t('onCall:stage_failed')}</b>: {problem}
                </li>
              ) : null}
            </ol>
          </li>
        ))}
      </ul>
      {isHeard ? null : <p className="field-hint">{t('onCall:testStill')}</p>}
    </div>
  );
}

const HEARD: ReadonlySet<string> = new Set(['delivered', 'displayed', 'opened', 'failed']);
