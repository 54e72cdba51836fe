import { Link } from '@tanstack/react-router';
import type { PolicyDetail } from '@vigil/contracts';
import { useState } from 'react';
import { policyInForce } from '../../live/on-call-api.js';
import { policies, policy, policyFile } from '../../live/policies-api.js';
import { aroundChanges, diffLines } from '../../model/policy-diff.js';
import { mayDecide, policyText } from '../../model/policy-moves.js';
import { momentText } from '../../model/time-words.js';
import { Loaded, Section } from '../../parts/parts.js';
import { lastOf, useLoad } from '../../parts/use-load.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';
import { ChoiceField } from './line-field.js';
import { useNames } from './on-call-frame.js';
import { type EditedPolicy, PolicyWords, unitsText } from './policy-words.js';
import { PolicyMoves } from './policy-moves.js';
import { SimulationSection } from './simulation-section.js';

const CONTEXT_LINES = 2;

interface DetailProps {
  readonly hash: string;
  readonly careUnitId: string;
  readonly onEdit: (edited: EditedPolicy) => void;
}

/** One version: what it says, what differs, what it would have meant, and what is next. */
export function PolicyDetailView({ hash, careUnitId, onEdit }: DetailProps) {
  const { load, again } = useLoad(['policies', 'one', hash], () => policy(hash));
  return (
    <>
      <Link to="/on-call/policies" search={(before) => ({ ...before, policy: undefined })} className="button">
        {t('onCall:backToList')}
      </Link>
      <Loaded load={load} again={again} what={t('onCall:whatOnePolicy')}>
        {(value) => <Shown policy={value} careUnitId={careUnitId} onEdit={onEdit} />}
      </Loaded>
    </>
  );
}

function Shown({ policy: shown, careUnitId, onEdit }: { policy: PolicyDetail } & Omit<DetailProps, 'hash'>) {
  const { user } = useIdentity();
  return (
    <>
      <section className="card" aria-labelledby="policy-name">
        <h2 id="policy-name">
          <bdi>{shown.content.name}</bdi> – {t(`onCall:state_${shown.state}`)}
        </h2>
        <p>
          {t('onCall:colUnits')}: {unitsText(shown.careUnitIds)}.{' '}
          {shown.inForceIn.length > 0
            ? t('onCall:inForceIn', {
                places: shown.inForceIn.map((place) => place.careUnitId ?? t('onCall:everywhere')).join(', '),
              })
            : null}
        </p>
        <Findings findings={shown.findings} />
        <PolicyWords content={shown.content} />
        <div className="form-buttons">
          {mayDecide(user?.roles ?? []) ? (
            <button
              type="button"
              className="button"
              onClick={() => onEdit({ content: shown.content, careUnitIds: shown.careUnitIds })}
            >
              {t('onCall:changeThis')}
            </button>
          ) : null}
          <a className="button" href={policyFile(shown.hash)} download>
            {t('onCall:asFile')}
          </a>
        </div>
      </section>
      <Difference policy={shown} careUnitId={careUnitId} />
      <SimulationSection policy={shown} />
      <PolicyMoves policy={shown} />
      <History policy={shown} />
      <details className="card">
        <summary>{t('onCall:fileView')}</summary>
        <pre className="policy-file" tabIndex={0}>
          {policyText(shown.content)}
        </pre>
      </details>
    </>
  );
}

export function Findings({ findings }: Pick<PolicyDetail, 'findings'>) {
  if (findings.length === 0) return null;
  return (
    <ul className="findings" aria-label={t('onCall:findings')}>
      {findings.map(({ severity, code, path, message, careUnitId }) => (
        <li key={`${code}-${path}-${careUnitId}`} className={severity === 'refused' ? 'state-note trouble' : 'state-note'}>
          <b>{t(`onCall:finding_${severity}`)}</b>: {careUnitId === null ? '' : `${careUnitId}: `}
          {message}
        </li>
      ))}
    </ul>
  );
}

function Difference({ policy: shown, careUnitId }: { policy: PolicyDetail; careUnitId: string }) {
  const unit = shown.careUnitIds[0] ?? careUnitId;
  const now = useLoad(['policies', unit, 'in-force'], () => policyInForce(unit));
  const all = useLoad(['policies', 'list'], policies);
  const [against, setAgainst] = useState('');
  const inForce = lastOf(now.load);
  if (inForce === null) return null;
  const others = (lastOf(all.load)?.items ?? []).filter(({ hash }) => hash !== shown.hash);
  const other = others.find(({ hash }) => hash === against)?.content ?? inForce.content;
  const lines = aroundChanges(diffLines(policyText(other), policyText(shown.content)), CONTEXT_LINES);
  return (
    <Section title={t('onCall:diffTitle')}>
      <ChoiceField
        label={t('onCall:diffAgainst')}
        value={against}
        onChange={setAgainst}
        options={[
          ['', t('onCall:diffInForce', { name: inForce.content.name })],
          ...others.map(
            ({ hash, content, changedWallMs }) =>
              [hash, t('onCall:diffVersion', { name: content.name, at: momentText(changedWallMs) })] as [string, string],
          ),
        ]}
      />
      {lines.length === 0 ? (
        <p className="state-note">{t('onCall:diffNone')}</p>
      ) : (
        <ol className="diff" tabIndex={0} aria-label={t('onCall:diffTitle')}>
          {lines.map((line, at) =>
            line === null ? (
              <li key={at} aria-hidden="true">
                ⋯
              </li>
            ) : (
              <li key={at} data-kind={line.kind}>
                {line.kind === 'same' ? null : (
                  <span className="visually-hidden">
                    {line.kind === 'added' ? t('onCall:diffAdded') : t('onCall:diffRemoved')}
                  </span>
                )}
                <span aria-hidden="true">{line.kind === 'added' ? '+' : line.kind === 'removed' ? '−' : ' '}</span> {line.text}
              </li>
            ),
          )}
        </ol>
      )}
    </Section>
  );
}

function History({ policy: { history } }: { policy: PolicyDetail }) {
  const { nameOf } = useNames();
  return (
    <Section title={t('onCall:historyTitle')}>
      <ol className="rows">
        {history.map((change) => (
          <li key={`${change.rev}-${change.action}`}>
            <span>
              <b>
                {t('onCall:historyLine', {
                  ...{ action: t(`onCall:action_${change.action}`), name: nameOf(change.by) },
                  at: momentText(change.atWallMs),
                })}
              </b>
              {change.reason === '' ? null : (
                <>
                  : <bdi>{change.reason}</bdi>
                </>
              )}
            </span>
          </li>
        ))}
      </ol>
    </Section>
  );
}
