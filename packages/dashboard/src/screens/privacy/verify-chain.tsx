import type { AuditVerification } from '@vigil/contracts';
import { useEffect, useState } from 'react';
import { startVerification, verificationOf } from '../../live/office-api.js';
import { troubleText } from '../../live/problem.js';
import { Form, SelectField, useSubmit } from '../../parts/form.js';
import { whenText } from '../../parts/parts.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';

const ASK_EVERY_MS = 1_000;
const DAY_MS = 86_400_000;

/** The same verifier, to be run apart from the server. */
const COMMAND = 'vigil verify-audit';

/** Has the real verifier go over the log, shows how far it is, and says what it proved. */
export function VerifyChain() {
  const { checked, serverNowMs } = useIdentity();
  const { busy, error, run } = useSubmit();
  const [found, setFound] = useState<AuditVerification | null>(null);
  const [lost, setLost] = useState(false);
  const isRunning = found?.state === 'running' && !lost;
  const id = found?.verificationId;
  useEffect(() => {
    if (!isRunning || id === undefined) return;
    const timer = setInterval(() => {
      void verificationOf(id).then((answer) => {
        if (answer.ok) setFound(answer.value);
        // A restart forgets it.
        else if (answer.trouble.code === 'not-found') setLost(true);
      });
    }, ASK_EVERY_MS);
    return () => clearInterval(timer);
  }, [isRunning, id]);
  const submit = (form: FormData): void => {
    const days = Number(form.get('range'));
    void run(async () => {
      const answer = checked(await startVerification(days === 0 ? null : Math.max(0, Math.round(serverNowMs()) - days * DAY_MS)));
      if (!answer.ok) return troubleText(answer.trouble);
      setLost(false);
      setFound(answer.value);
      return '';
    });
  };
  return (
    <div className="card verify">
      <Form error={error} onSubmit={submit}>
        <div className="fields">
          <SelectField label={t('privacy:verifyRange')} name="range" options={ranges()} />
          <button type="submit" className="button" aria-disabled={busy || isRunning}>
            {busy ? t('privacy:verifySending') : t('privacy:verify')}
          </button>
        </div>
      </Form>
      <p className="state-note">
        {t('privacy:chainHow')} <code>{COMMAND}</code>
      </p>
      <div aria-live="polite">
        {lost ? <p className="state-note trouble">{t('privacy:verifyLost')}</p> : found ? <Verdict found={found} /> : null}
      </div>
    </div>
  );
}

const ranges = (): readonly (readonly [string, string])[] => [
  ['1', t('privacy:verifyDay')],
  ['7', t('privacy:verifyWeek')],
  ['0', t('privacy:verifyAll')],
];

/** What came of it, in every state that it can have. */
export function Verdict({ found }: { found: AuditVerification }) {
  const total = Math.max(found.checked, found.lastSeq - found.firstSeq + 1);
  if (found.state === 'running') {
    return (
      <>
        <progress value={found.checked} max={Math.max(total, 1)} aria-label={t('privacy:verifyTitle')} />
        <p>{t('privacy:verifying', { checked: found.checked, total })}</p>
      </>
    );
  }
  if (found.state === 'failed') {
    return <p className="state-note trouble">{t(`privacy:why.${found.why ?? 'storeAway'}`)}</p>;
  }
  if (found.ok === false) return <Findings found={found} />;
  return <Proved found={found} />;
}

function Proved({ found }: { found: AuditVerification }) {
  const { checked, firstSeq, lastSeq, signed, checkpoints, anchors } = found;
  const unsigned = signed === null ? 0 : lastSeq - signed.size;
  if (checked === 0) return <p className="state-note">{t('privacy:verifyNothing')}</p>;
  return (
    <ul className="proved" data-ok="true">
      <li>
        <b>
          <span aria-hidden="true">✓ </span>
          {t('privacy:verifyProved', { count: checked, first: firstSeq, last: lastSeq })}
        </b>
      </li>
      {signed === null ? null : (
        <li>{t('privacy:verifySignedTo', { size: signed.size, when: whenText(signed.atMs), count: checkpoints })}</li>
      )}
      {unsigned > 0 ? <li>{t('privacy:verifyUnsigned', { count: unsigned })}</li> : null}
      {anchors.map(({ name, size, atMs }) => (
        <li key={name}>
          {size === null || atMs === null
            ? t('privacy:verifyAnchorNone', { name })
            : t('privacy:verifyAnchor', { name, size, when: whenText(atMs) })}
        </li>
      ))}
      {anchors.length === 0 ? <li>{t('privacy:verifyNoAnchor')}</li> : null}
      <li>{t('privacy:verifyLimit')}</li>
    </ul>
  );
}

function Findings({ found: { findings, hasMore } }: { found: AuditVerification }) {
  const advice = [...new Set(findings.map((each) => each.advice))];
  return (
    <div className="critical" role="alert">
      <h2>{t('privacy:verifyBad')}</h2>
      <ul>
        {findings.map((each) => (
          <li key={`${each.kind}-${each.from}-${each.to}-${each.what}`} lang="en">
            {each.what}
          </li>
        ))}
      </ul>
      {hasMore ? <p>{t('privacy:verifyMore')}</p> : null}
      {advice.map((each) => (
        <p key={each} lang="en">
          {t('privacy:verifyDo', { advice: each })}
        </p>
      ))}
      <p>{t('privacy:runbook', { entry: 'audit-log-changed' })}</p>
    </div>
  );
}
